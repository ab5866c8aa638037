import { randomUUID } from "node:crypto";

import { createLLM } from "@node-llm/core";

import { createScriptedProvider } from "node-llm-trpc/testing";
import { readChat } from "../../src/orm/messages/read-chat.ts";
import { beginTurn } from "../../src/orm/turn/begin/begin-turn.ts";
import { Database } from "../../src/orm/database/database.ts";
import { readContext } from "../../src/orm/provider/history.ts";
import { readStats } from "../../src/orm/messages/read-stats.ts";
import { ChatService } from "../../src/server/chat-service.ts";
import { measure } from "./measure.ts";
import type { BenchDatabase } from "./open-bench-database.ts";
import { createLongChat, openBenchDatabase } from "./open-bench-database.ts";
import type { UsageLine } from "./usage.ts";
import { measureUsage } from "./usage.ts";
import { measureLogGrowth } from "./write-ahead-log.ts";
import { everyone } from "../../test/support/servers/everyone.ts";

/**
 * Compares the persistence layer with the queries that @node-llm/orm 0.8.0 makes ("naive"). The figures are
 * medians of five rounds, in milliseconds.
 */
interface Line {
  readonly what: string;
  readonly ours: number;
  readonly naive: number;
  readonly note: string;
}

/** `BENCH_PARTS=usage` runs one part alone. */
const parts = (process.env["BENCH_PARTS"] ?? "turns,page,usage").split(",");

for (const name of ["sqlite", "postgresql"] as const) {
  const database = await openBenchDatabase(name);
  try {
    console.log(`\n${name}`);
    if (parts.includes("turns")) show(await measureDatabase(database));
    if (parts.includes("page")) showPage(await measurePage(database));
    if (parts.includes("usage")) showUsage(await measureUsage(database));
  } finally {
    await database.close();
  }
}
if (parts.includes("turns")) showGrowth(await measureLogGrowth());

async function measureDatabase(database: BenchDatabase): Promise<readonly Line[]> {
  const { prisma } = database;
  return [
    ...(await measureTurns(prisma)),
    ...(await measureHistory(prisma)),
    await measureStats(database),
  ];
}

async function measureTurns(prisma: BenchDatabase["prisma"]): Promise<readonly Line[]> {
  const db = Database.open(prisma);
  const chat = await prisma.llmChat.create({ data: { model: "m" } });
  const batch = await measure(50, async () => {
    const { assistant } = await beginTurn(db, {
      chat: await readChat(db, chat.id),
      user: { id: randomUUID(), content: "A question", contentRaw: null },
      model: "m",
      provider: "p",
    });
    await prisma.llmMessage.updateMany({ where: { id: assistant.id }, data: { turnLock: null } });
  });
  const plain = await prisma.llmChat.create({ data: { model: "m" } });
  const data = { chatId: plain.id, content: "A question", role: "user" };
  const separate = await measure(50, async () => {
    await prisma.llmChat.findUnique({ where: { id: plain.id } });
    await prisma.llmMessage.create({ data });
    const { id } = await prisma.llmMessage.create({
      data: { chatId: plain.id, role: "assistant" },
    });
    await prisma.llmMessage.updateMany({ where: { id }, data: { turnLock: null } });
  });
  const interactive = await measure(50, async () => {
    await prisma.$transaction(async (tx) => {
      const where = { id: plain.id };
      const row = await tx.llmChat.findUniqueOrThrow({ where });
      await tx.llmMessage.findFirst({
        where: { chatId: plain.id, active: true, position: { not: null } },
        orderBy: { position: "desc" },
      });
      const position = row.lastPosition + 1;
      const answer = { chatId: plain.id, role: "assistant", position: position + 1 };
      await tx.llmMessage.createMany({ data: [{ ...data, position }, answer] });
      await tx.llmChat.updateMany({ where, data: { lastPosition: position + 1 } });
    });
  });
  const text = "x".repeat(16_000);
  const { id } = await prisma.llmMessage.create({ data: { chatId: plain.id, role: "assistant" } });
  let seq = 0;
  const append = await measure(100, async () => {
    await db.insertChunks([
      {
        messageId: id,
        seq: seq++,
        kind: "text",
        text: "x".repeat(100),
        at: 0,
        toolCallId: null,
        timeoutMs: null,
      },
    ]);
  });
  const rewrite = await measure(100, async () => {
    await prisma.llmMessage.update({ where: { id }, data: { content: text } });
  });
  return [
    {
      what: "turn set-up",
      ours: batch,
      naive: separate,
      note: "naive: two rows, no order, no lock, no transaction",
    },
    {
      what: "turn set-up",
      ours: batch,
      naive: interactive,
      note: "naive: the same in an interactive transaction",
    },
    { what: "one save at 16,000 chars", ours: append, naive: rewrite, note: "naive: whole text" },
  ];
}

async function measureHistory(prisma: BenchDatabase["prisma"]): Promise<readonly Line[]> {
  const db = Database.open(prisma);
  const long = await createLongChat(prisma, 10_000);
  const naive = await measure(1, () =>
    prisma.llmMessage.findMany({ where: { chatId: long }, orderBy: { createdAt: "asc" } }),
  );
  const whole = await measure(1, () => readContext(db, { id: long }, null, {}));
  const limited = await measure(20, () => readContext(db, { id: long }, null, { maxMessages: 50 }));
  return [
    { what: "history of 10,000, whole", ours: whole, naive, note: "with tool calls and order" },
    { what: "history of 10,000, newest 50", ours: limited, naive, note: "context: maxMessages 50" },
  ];
}

/** How long the newest 50 messages of a chat take, in milliseconds. */
interface PageTimes {
  /** Of 10,000 messages. */
  readonly long: number;
  /** Of 50 messages. */
  readonly short: number;
}

async function measurePage({ prisma }: BenchDatabase): Promise<PageTimes> {
  const long = await createLongChat(prisma, 10_000);
  const short = await createLongChat(prisma, 50);
  const llm = createLLM({ provider: createScriptedProvider("") });
  const service = new ChatService<null>({ prisma, llm, scope: "everyone" });
  const page = (chatId: string) =>
    measure(40, () => service.messages(everyone, { chatId, limit: 50 }));
  // The first measurement compiles the code for both.
  await page(long);
  return { long: await page(long), short: await page(short) };
}

async function measureStats({ name, prisma }: BenchDatabase): Promise<Line> {
  const db = Database.open(prisma);
  const chat = await prisma.llmChat.create({ data: {} });
  const others = await prisma.llmChat.create({ data: {} });
  const [numbers, now] =
    name === "sqlite"
      ? [
          "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<1000000) SELECT i FROM n)",
          "CURRENT_TIMESTAMP",
        ]
      : ["generate_series(1,1000000) AS n(i)", "now()"];
  await prisma.$executeRawUnsafe(
    `INSERT INTO "LlmRequest"("id","chatId","provider","model","statusCode","duration","inputTokens","outputTokens","cost","createdAt")
     SELECT 'r' || i, CASE WHEN i % 100000 = 0 THEN '${chat.id}' ELSE '${others.id}' END, 'p', 'm', 200, 1, 10, 5, 0.5, ${now} FROM ${numbers}`,
  );
  await prisma.$executeRawUnsafe(`CREATE TABLE "unindexed" AS SELECT * FROM "LlmRequest"`);
  await prisma.$executeRawUnsafe("ANALYZE");
  const ours = await measure(20, () => readStats(db, chat.id));
  const naive = await measure(1, () =>
    prisma.$queryRawUnsafe(
      `SELECT SUM("inputTokens"), SUM("outputTokens"), SUM("cost") FROM "unindexed" WHERE "chatId"='${chat.id}'`,
    ),
  );
  return {
    what: "stats() among 1,000,000 requests",
    ours,
    naive,
    note: "naive: no index, as in the specification's schema",
  };
}

function show(lines: readonly Line[]): void {
  for (const { what, ours, naive, note } of lines) {
    const ratio = (naive / ours).toFixed(1);
    console.log(`| ${what} | ${ours.toFixed(2)} | ${naive.toFixed(2)} | ${ratio} | ${note} |`);
  }
}

function showPage({ long, short }: PageTimes): void {
  const ratio = long / short;
  const times = `${long.toFixed(2)} ms of 10,000 messages, ${short.toFixed(2)} ms of 50`;
  const verdict = ratio <= 1.2 ? "reached" : "missed";
  console.log(
    `\nthe newest 50 messages of a chat: ${times}: ${ratio.toFixed(2)} times (at most 1.2: ${verdict})`,
  );
}

function showUsage(lines: readonly UsageLine[]): void {
  console.log("\nusage, with 1,000,000 calls in the ledger: to take less than 50 ms");
  for (const { what, milliseconds } of lines)
    console.log(`| ${what} | ${milliseconds.toFixed(1)} | ${milliseconds < 50 ? "" : "missed"} |`);
}

function showGrowth(growth: ReadonlyMap<string, number>): void {
  const [single = NaN] = growth.values();
  console.log("\nGrowth of SQLite's write-ahead log during one answer of 16,000 characters");
  for (const [way, bytes] of growth)
    console.log(`| ${way} | ${Math.round(bytes / 1024)} KiB | ${(bytes / single).toFixed(1)} |`);
}
