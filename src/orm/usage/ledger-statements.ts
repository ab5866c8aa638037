import type { Database } from "../database/database.ts";
import type { PrismaPromise, Row } from "../database/prisma-client-like.ts";
import type { UsageRow } from "../database/rows.ts";
import type { SqlText } from "../database/sql-text.ts";
import { raw, sql } from "../database/sql-text.ts";
import { addSpent } from "./account-statements.ts";

/** A call of a provider as the ledger gets it. */
export interface LedgerEntry extends Omit<UsageRow, "createdAt" | "kind"> {
  readonly kind: "answer" | "title";
}

/** What the sums of a day are made of: the rows of each model and those of each chat. */
export type SumKind = "model" | "chat";

/** The statements that add a call to the ledger, to the sums of its day, and to what its scope has spent. */
export function addToLedger(
  db: Database,
  entry: LedgerEntry,
  now: number,
): readonly PrismaPromise<unknown>[] {
  const { ledger } = db;
  if (ledger === null) return [];
  const { scope, inputTokens, outputTokens, cost } = entry;
  const data: Row = { ...entry, createdAt: new Date(now) };
  return [
    ledger.usage.createMany({ data: [db.pick("usage", data)] }),
    addToDay(db, entry, now),
    addSpent(db, scope, { tokens: inputTokens + outputTokens, cost: cost ?? 0 }, now),
  ];
}

/** The columns of `LlmUsageDay` that are sums. */
const sums = ["requests", "errors", "inputTokens", "outputTokens"];
/** The same for those that are null until a call has a value. */
const optionalSums = ["cachedTokens", "cost"];

function addToDay(db: Database, entry: LedgerEntry, now: number): PrismaPromise<number> {
  const old = (name: string): SqlText => db.sql.stored("usageDay", name);
  const next = (name: string): SqlText => db.sql.proposed("usageDay", name);
  const { scope, model, chatId, inputTokens, outputTokens, cachedTokens, cost } = entry;
  const day = new Date(now).toISOString().slice(0, 10);
  const row = (kind: SumKind, name: string): SqlText =>
    db.sql.row(
      [
        ...[scope, kind, day, name, 1, isFailure(entry) ? 1 : 0, inputTokens, outputTokens].map(
          (value) => sql`${value}`,
        ),
        db.sql.number(cachedTokens, "integer"),
        db.sql.number(cost, "float"),
      ],
      raw("1=1"),
    );
  const keys = ["scope", "kind", "day", "name"];
  const changes = [
    ...sums.map((name) => [name, sql`${old(name)}+${next(name)}`] as const),
    ...optionalSums.map(
      (name) =>
        [
          name,
          sql`CASE WHEN ${next(name)} IS NULL THEN ${old(name)} ELSE COALESCE(${old(name)},0)+${next(name)} END`,
        ] as const,
    ),
  ];
  return db.statement(
    db.sql.upsert("usageDay", {
      columns: [...keys, ...sums, ...optionalSums],
      rows: sql`${row("model", model)} UNION ALL ${row("chat", chatId)}`,
      keys,
      changes,
    }),
  );
}

/** A call that was stopped (499) did not fail. */
function isFailure({ statusCode }: Pick<LedgerEntry, "statusCode">): boolean {
  return statusCode !== 499 && (statusCode === 0 || statusCode >= 400);
}
