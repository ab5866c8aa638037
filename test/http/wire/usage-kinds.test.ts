import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createChat } from "node-llm-trpc/orm";
import { readText } from "../../support/clients/read-text.ts";
import type { TestDatabase } from "../../support/databases/describe-databases.ts";
import { openDatabase } from "../../support/databases/describe-databases.ts";
import { limited } from "../../support/limited.ts";
import { createProviderLLM } from "../../support/providers/create-provider-llm.ts";
import { tokenDifferences } from "../../support/wire/case-differences.ts";
import type { CaseServer } from "../../support/wire/start-case-server.ts";
import { startCaseServer } from "../../support/wire/start-case-server.ts";
import type { UsageKind, UsageWriter } from "../../support/wire/usage-kinds.ts";
import { usageWriters } from "../../support/wire/usage-kinds.ts";

interface Recorded {
  readonly content: string | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly cachedTokens: number | null;
  readonly cost: number | null;
}

let database: TestDatabase;
let server: CaseServer;
const limit = limited(8);
beforeAll(async () => {
  database = await openDatabase("sqlite");
  server = await startCaseServer();
});
afterAll(async () => {
  await server.close();
  await database.close();
});

/** Asks once, and compares the rows of the ledger with the message. */
async function record(
  writer: UsageWriter,
  { title, usage }: UsageKind,
  way: "stream" | "ask",
): Promise<Recorded> {
  const { prisma } = database;
  const name = encodeURIComponent(`${writer.provider}-${way}-${title}`);
  const reply = way === "stream" ? writer.stream(usage) : writer.whole(usage);
  server.play(name, { provider: writer.provider, responses: [reply] });
  const llm = createProviderLLM(
    writer.provider,
    { origin: server.origin, name },
    { attempts: 1, delayMs: 0 },
  );
  const chat = await createChat(prisma, llm, { model: writer.model });
  await (way === "stream" ? readText(chat.askStream("Hi")) : chat.ask("Hi"));
  const where = { chatId: chat.id };
  const rows = await prisma.llmRequest.findMany({ where });
  const [row] = await prisma.llmMessage.findMany({ where: { ...where, role: "assistant" } });
  if (row === undefined) throw new Error("There is no answer.");
  expect([row, ...rows].flatMap(tokenDifferences)).toEqual([]);
  // A call that used nothing that is known is left out of the message's usage.
  expect(rows.map((one) => one.cost ?? 0)).toEqual([row.cost ?? 0]);
  const { content, inputTokens, outputTokens, cachedTokens, cost } = row;
  return { content, inputTokens, outputTokens, cachedTokens, cost };
}

describe.each(usageWriters)("the usage of $provider", (writer) => {
  const played = new Map<string, Promise<readonly [Recorded, Recorded]>>();
  beforeAll(() => {
    for (const kind of writer.kinds) {
      const both = limit(() =>
        Promise.all([record(writer, kind, "stream"), record(writer, kind, "ask")]),
      );
      // It is awaited by its test.
      both.catch(() => undefined);
      played.set(kind.title, both);
    }
  });

  it.each(writer.kinds)("$title", async ({ title, expected }) => {
    const [stream, ask] = (await played.get(title)) ?? [];
    expect(stream?.content).toBe("Fine.");
    expect(stream).toEqual(ask);
    const { input = stream?.inputTokens, output = stream?.outputTokens } = expected;
    expect([stream?.inputTokens, stream?.outputTokens]).toEqual([input, output]);
    expect(stream?.cost ?? 0).toBeGreaterThanOrEqual(0);
    expect(stream?.cost).toBe(expected.cost ?? stream?.cost);
  });

  it("costs the same however it is written, and something", async () => {
    const costOf = async (title: string): Promise<number> =>
      (await played.get(title))?.[0].cost ?? 0;
    expect(await costOf("integers")).toBeGreaterThan(await costOf("zeros"));
    expect(await costOf("texts")).toBe(await costOf("integers"));
    expect(await costOf("nothing cached")).toBe(await costOf("integers"));
  });
});
