import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { createLLM } from "@node-llm/core";
import { createScriptedProvider } from "node-llm-trpc/testing";
import type { PrismaClient } from "../../generated/sqlite/client.ts";
import { projectRoot } from "../../scripts/lib/project-root.ts";
import { ChatService } from "../../src/server/chat-service.ts";
import { SeededRandom } from "../../test/support/seeded-random.ts";
import { median } from "../lib/quantile.ts";
import type { BenchDatabaseName } from "../persistence/open-bench-database.ts";
import { openBenchDatabase } from "../persistence/open-bench-database.ts";

/**
 * Measures how long a search takes in 100,000 messages of one user, and how long it keeps the process from doing
 * anything else, with and without the index.
 *
 *     npm run bench search
 */
const chats = 2_000;
const messagesPerChat = 50;
const rounds = 5;

const docs = join(projectRoot, "docs");
const words = readdirSync(docs)
  .filter((name) => name.endsWith(".md"))
  .flatMap((name) => readFileSync(join(docs, name), "utf8").split(/\s+/));
const random = new SeededRandom("search");

/** A sentence of this package's documentation, with other words at random. */
function prose(chars: number): string {
  const text: string[] = [];
  for (let length = 0; length < chars;) {
    const from = random.between(0, words.length - 8);
    const piece = words.slice(from, from + random.between(2, 8)).join(" ");
    text.push(piece);
    length += piece.length + 1;
  }
  return text.join(" ");
}

for (const name of ["sqlite", "postgresql"] as const) await measureDatabase(name);

async function measureDatabase(name: BenchDatabaseName): Promise<void> {
  const { prisma, close } = await openBenchDatabase(name);
  try {
    const start = performance.now();
    await fill(prisma, "anna", chats, (index) => prose(index % 2 === 0 ? 80 : 580));
    await fill(prisma, "eve", 40, () => "a".repeat(10_000));
    await prisma.llmMessage.updateMany({
      where: { chat: { userId: "anna", title: `Chat ${chats / 2}` }, position: 9 },
      data: { content: "Here is the quokka that nobody else has." },
    });
    console.log(`${name}: filled in ${((performance.now() - start) / 1000).toFixed(0)} s`);
    await measureSearches(prisma, `${name} with the index`);
    const [table, drop] =
      name === "sqlite" ? ["TRIGGER", "LlmMessage_search_insert"] : ["INDEX", "LlmMessage_search"];
    await prisma.$executeRawUnsafe(`DROP ${table} "${drop}"`);
    await measureSearches(prisma, `${name} without it`);
  } finally {
    await close();
  }
}

async function measureSearches(prisma: PrismaClient, title: string): Promise<void> {
  const provider = createScriptedProvider("");
  const llm = createLLM({ provider });
  const service = new ChatService<string>({
    prisma,
    llm,
    scope: ({ ctx }) => ({ userId: ctx }),
  });
  for (const [label, user, search] of [
    ["in many chats", "anna", "database"],
    ["in one chat", "anna", "quokka"],
    ["in none", "anna", "wombats"],
    ["two letters in none", "anna", "ßß"],
    ["198 letters a and üb in 20 MB of a", "eve", `${"a".repeat(198)}üb`],
  ] as const) {
    const times: number[] = [];
    const blocks: number[] = [];
    let found = 0;
    for (let round = -1; round < rounds; round++) {
      const turns = watchTurns();
      const start = performance.now();
      const page = await service.list({ ctx: user, scope: { userId: user } }, { search });
      const time = performance.now() - start;
      const block = turns.stop();
      if (round < 0) continue;
      found = page.items.length;
      times.push(time);
      blocks.push(block);
    }
    console.log(
      `${title}: ${label}: ${found} found in ${median(times).toFixed(0)} ms, ` +
        `longest turn ${median(blocks).toFixed(1)} ms (at most ${Math.max(...blocks).toFixed(1)})`,
    );
  }
}

/** Finds the longest turn of the event loop, in milliseconds of CPU time: other processes do not count. */
function watchTurns(): { readonly stop: () => number } {
  let longest = 0;
  let usage = process.cpuUsage();
  const look = (): void => {
    const { user, system } = process.cpuUsage(usage);
    usage = process.cpuUsage();
    longest = Math.max(longest, (user + system) / 1000);
    next = setImmediate(look);
  };
  let next = setImmediate(look);
  return {
    stop: () => {
      look();
      clearImmediate(next);
      return longest;
    },
  };
}

async function fill(
  prisma: PrismaClient,
  userId: string,
  count: number,
  text: (index: number) => string,
): Promise<void> {
  for (let number = 0; number < count; number++) {
    const id = randomUUID();
    const data = { id, userId, title: `Chat ${number}`, lastPosition: messagesPerChat };
    await prisma.llmChat.create({ data });
    await prisma.llmMessage.createMany({
      data: Array.from({ length: messagesPerChat }, (_, index) => ({
        chatId: id,
        role: index % 2 === 0 ? "user" : "assistant",
        content: text(index),
        position: index + 1,
      })),
    });
  }
}
