import type { UsageInput } from "../../src/chat/chat-procedures.ts";
import { Database } from "../../src/orm/database/database.ts";
import { readUsage } from "../../src/orm/usage/read-usage.ts";
import { measure } from "./measure.ts";
import type { BenchDatabase } from "./open-bench-database.ts";

/** A month in which a million calls were made, a tenth of them by one scope, ten in each chat. */
const month = { from: "2026-01-01T00:00:00.000Z", to: "2026-01-31T00:00:00.000Z" };
const calls = 1_000_000;
const scope = "big";

export interface UsageLine {
  readonly what: string;
  readonly milliseconds: number;
}

/** Measures `usage` over a month with a million calls. Each line is to take less than 50 ms. */
export async function measureUsage({ name, prisma }: BenchDatabase): Promise<readonly UsageLine[]> {
  await fillLedger(name, prisma);
  const db = Database.open(prisma);
  const groupings = ["day", "model", "chat", "scope"] as const;
  const lines: UsageLine[] = [];
  for (const of of [scope, null]) {
    for (const groupBy of groupings) {
      const milliseconds = await measure(3, () =>
        readUsage(db, { ...month, groupBy, scope: of, columns: {} }),
      );
      const whose = of === null ? "of all scopes" : "of one scope with 100,000 of the calls";
      lines.push({ what: `a month ${whose}, by ${groupBy}`, milliseconds });
    }
    const input: UsageInput = { ...month, from: "2026-01-01T12:34:56.000Z", groupBy: "model" };
    const milliseconds = await measure(3, () =>
      readUsage(db, { ...input, scope: of, columns: {} }),
    );
    const whose = of === null ? "of all scopes" : "of one scope";
    lines.push({ what: `the same ${whose}, from the middle of a day on, by model`, milliseconds });
  }
  return lines;
}

async function fillLedger(
  name: BenchDatabase["name"],
  prisma: BenchDatabase["prisma"],
): Promise<void> {
  const numbers =
    name === "sqlite"
      ? `(WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i+1 FROM n WHERE i<${calls - 1}) SELECT i FROM n)`
      : `generate_series(0,${calls - 1}) AS n(i)`;
  // The calls are spread over 30 days.
  const seconds = `(i * 2592000.0 / ${calls})`;
  const createdAt =
    name === "sqlite"
      ? `strftime('%Y-%m-%dT%H:%M:%f+00:00', '2026-01-01', '+' || ${seconds} || ' seconds')`
      : `TIMESTAMP '2026-01-01' + ${seconds} * INTERVAL '1 second'`;
  const day = name === "sqlite" ? `substr("createdAt",1,10)` : `to_char("createdAt",'YYYY-MM-DD')`;
  const owner = `CASE WHEN i % 10 = 0 THEN '${scope}' ELSE 'u' || (i % 200) END`;
  const chat = `CASE WHEN i % 10 = 0 THEN 'c' || (i / 100) ELSE 'u' || (i % 200) || '-' || (i / 2000) END`;
  await prisma.$executeRawUnsafe(
    `INSERT INTO "LlmUsage"("id","scope","chatId","kind","provider","model","statusCode","duration","inputTokens","outputTokens","cost","createdAt")
     SELECT 'r' || i, ${owner}, ${chat}, 'answer', 'p', 'm' || (i % 3), CASE WHEN i % 50 = 0 THEN 500 ELSE 200 END, i % 5000, 10, 5, 0.5, ${createdAt} FROM ${numbers}`,
  );
  for (const [kind, key] of [
    ["model", `"model"`],
    ["chat", `"chatId"`],
  ] as const) {
    await prisma.$executeRawUnsafe(
      `INSERT INTO "LlmUsageDay"("scope","kind","day","name","requests","errors","inputTokens","outputTokens","cost")
       SELECT "scope", '${kind}', ${day}, ${key}, COUNT(*), SUM(CASE WHEN "statusCode"=500 THEN 1 ELSE 0 END), SUM("inputTokens"), SUM("outputTokens"), SUM("cost")
       FROM "LlmUsage" GROUP BY 1, 3, 4`,
    );
  }
  await prisma.$executeRawUnsafe("ANALYZE");
}
