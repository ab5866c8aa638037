import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import { createLLM } from "@node-llm/core";
import { createRedisHub } from "node-llm-trpc/redis";
import { createMemoryHub } from "node-llm-trpc/server";
import { createScriptedProvider, createTestDatabase } from "node-llm-trpc/testing";
import { ChatService } from "../../src/server/chat-service.ts";
import { RedisServer } from "../../test/support/servers/redis-server.ts";
import { now } from "../lib/now.ts";
import { openClient } from "../../test/support/databases/open-client.ts";
import { median, quantile } from "../lib/quantile.ts";
import { readDelays } from "./read-delays.ts";
import { everyone } from "../../test/support/servers/everyone.ts";

/**
 * Measures the delay between a producer and a reader in the same process, in a second process through Redis,
 * and in a second process through the database, and how many statements per second the reader costs.
 *
 *     npm run bench hub
 */
const kinds = ["memory", "redis", "database"] as const;
const seconds = 5;
const rounds = 5;

interface Result {
  readonly delays: readonly number[];
  readonly statementsPerSecond: number;
}

const redis = await RedisServer.start();
const database = await createTestDatabase(({ url }) => openClient(url));
try {
  for (const rate of [20, 100]) {
    for (const kind of kinds) {
      const results: Result[] = [];
      for (let round = 0; round < rounds; round++) results.push(await measure(kind, rate));
      const medians = results.map(({ delays }) => median(delays));
      const tails = results.map(({ delays }) => quantile(delays, 0.95));
      const statements = results.map((result) => result.statementsPerSecond);
      console.log(
        `${rate} chunks/s, ${kind.padEnd(8)}: median ${show(medians)} ms, p95 ${show(tails)} ms, ` +
          `${show(statements)} statements/s`,
      );
    }
  }
} finally {
  await database.close();
  await redis.stop();
}

async function measure(kind: (typeof kinds)[number], rate: number): Promise<Result> {
  const redisHub = kind === "redis" ? createRedisHub({ url: redis.url }) : null;
  const hub = redisHub ?? createMemoryHub();
  const provider = Object.assign(createScriptedProvider(""), {
    stream: async function* () {
      for (let index = 0; index < rate * seconds; index++) {
        await new Promise((resolve) => setTimeout(resolve, 1000 / rate));
        yield { content: `${now()} ` };
      }
      yield { content: "", done: true };
    },
  });
  const { prisma } = database;
  const service = new ChatService<null>({
    prisma,
    llm: createLLM({ provider }),
    scope: "everyone",
    hub,
  });
  const reader =
    kind === "memory"
      ? null
      : fork(fileURLToPath(new URL("second-instance.ts", import.meta.url)), [
          database.url,
          kind === "redis" ? redis.url : "",
        ]);
  if (reader !== null) await once(reader, "message");
  if (redisHub !== null) await new Promise((resolve) => setTimeout(resolve, 200));
  const chat = await service.create(everyone, {});
  const { assistantMessage } = await service.send(everyone, { chatId: chat.id, content: "Go" });
  try {
    if (reader === null) {
      return { delays: await readDelays(service, assistantMessage.id), statementsPerSecond: 0 };
    }
    reader.send(assistantMessage.id);
    const [result] = await once(reader, "message");
    return result as Result;
  } finally {
    reader?.kill();
    redisHub?.close();
  }
}

/** Formats the median of the rounds. */
function show(values: readonly number[]): string {
  return median(values).toFixed(1);
}
