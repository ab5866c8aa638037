import { createLLM } from "@node-llm/core";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { createChat } from "node-llm-trpc/orm";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { describeEveryDatabase } from "../support/databases/describe-databases.ts";
import type { WatchedClient } from "../support/databases/watch-statements.ts";
import { watchStatements } from "../support/databases/watch-statements.ts";

const chars = 16_000;
const charsPerSecond = 400;
const seconds = chars / charsPerSecond;
/** How many characters each piece of an answer has. */
const pieceLengths = [4, 40];

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] }));
afterEach(() => void vi.useRealTimers());

describeEveryDatabase((name, open) => {
  it.each(pieceLengths)(
    "an answer in pieces of %i is saved as it arrives, with few statements and few bytes",
    async (length) => {
      const database = await open();
      const sent: { sql: string; bytes: number }[] = [];
      const watched = watchStatements(database, (sql, values) => {
        sent.push({ sql, bytes: bytesOf(sql) + values.map(bytesOf).reduce((a, b) => a + b, 0) });
      });
      const text = Array.from({ length: chars }, (_, index) =>
        String.fromCharCode(97 + (index % 26)),
      );
      const pieces = Array.from({ length: chars / length }, (_, index) =>
        text.slice(index * length, (index + 1) * length).join(""),
      );
      const delayMs = (1000 * length) / charsPerSecond;
      const provider = createScriptedProvider([{ text: pieces, delayMs }]);
      const chat = await createChat(watched.prisma, createLLM({ provider }));
      sent.length = 0;

      let produced = 0;
      const reading = (async () => {
        for await (const chunk of chat.askStream("Tell me a long story"))
          produced += chunk.content.length;
      })();
      const end = { isReached: false };
      void reading.finally(() => (end.isReached = true));
      const before: number[] = []; // How much had been produced at each step of the clock.
      let worstLoss = 0;
      while (!end.isReached) {
        await vi.advanceTimersByTimeAsync(stepMs);
        await idle(watched);
        before.push(produced);
        if (before.length % 40 === 0 && !end.isReached) {
          const saved = await savedText(database.prisma);
          worstLoss = Math.max(worstLoss, (before.at(-1 - lossSteps) ?? 0) - saved);
        }
      }
      await reading;

      const statements = sent.length;
      const bytes = sent.reduce((sum, statement) => sum + statement.bytes, 0);
      expect((await chat.messages()).at(-1)?.content).toBe(text.join(""));
      expect(worstLoss).toBe(0);
      // Those of the beginning and the end, which hold and settle what the answer costs, and one for each save.
      expect(statements).toBeLessThanOrEqual(20 + 4 * seconds);
      // MySQL does not join what it has, and gets the text once more at the end.
      expect(bytes).toBeLessThanOrEqual((name === "mysql" ? 4 : 3) * chars);
      await watched.close();
    },
    60_000,
  );

  it("many answers at once share their saves, and each notices its own stop", async () => {
    const database = await open();
    let saves = 0;
    const watched = watchStatements(database, (sql) => {
      if (sql.startsWith("INSERT INTO") && /["`]seq["`]/.test(sql)) saves++;
    });
    const answers = 20;
    const provider = createScriptedProvider([
      { text: Array.from({ length: 100 }, () => "word "), delayMs: 40 },
    ]);
    const llm = createLLM({ provider });
    const chats = [];
    for (let index = 0; index < answers; index++) chats.push(await createChat(watched.prisma, llm));
    const stopped = new AbortController();
    const ends = chats.map(async (chat, index) => {
      const options = index === 0 ? { signal: stopped.signal } : {};
      for await (const _ of chat.askStream("Count", options));
    });
    const results = Promise.allSettled(ends);
    for (let ms = 0; ms < 5_000; ms += stepMs) {
      if (ms === 2_000) stopped.abort();
      await vi.advanceTimersByTimeAsync(stepMs);
      await idle(watched);
    }
    const rejected = (await results).flatMap((one, index) =>
      one.status === "rejected" ? [index] : [],
    );
    expect(rejected).toEqual([0]);
    // 20 answers of 4 seconds, each saved every 250 ms, would make 320 saves if each were saved alone.
    expect(saves).toBeGreaterThanOrEqual(15);
    expect(saves).toBeLessThanOrEqual(80);
    for (const chat of chats.slice(1))
      expect((await chat.messages()).at(-1)?.content).toBe("word ".repeat(100));
    await watched.close();
  }, 60_000);
});

const stepMs = 5;
/** Text older than 250 ms is safe. One more step, because the clock moves in steps. */
const lossSteps = 250 / stepMs + 1;

function bytesOf(value: unknown): number {
  return Buffer.byteLength(typeof value === "string" ? value : (JSON.stringify(value) ?? ""));
}

/** Waits for the database while the clock stands still, as if statements took no time. */
async function idle({ running }: WatchedClient): Promise<void> {
  for (let quiet = 0; quiet < 4; quiet = running.count === 0 ? quiet + 1 : 0)
    await new Promise((resolve) => setImmediate(resolve));
}

async function savedText(prisma: WatchedClient["prisma"]): Promise<number> {
  const rows = await prisma.llmMessageChunk.findMany({ where: { kind: "text" } });
  const [answer] = await prisma.llmMessage.findMany({ where: { role: "assistant" } });
  // The log is gone because the row has all of it.
  if (answer?.turnLock === null) return answer.content?.length ?? 0;
  return rows.reduce((sum, row) => sum + row.text.length, 0);
}
