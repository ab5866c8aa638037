import { createLLM } from "@node-llm/core";
import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";

import { createScriptedProvider } from "node-llm-trpc/testing";
import { createRedisHub } from "node-llm-trpc/redis";
import { createMemoryHub } from "node-llm-trpc/server";
import { PrismaClient } from "../../generated/sqlite/client.ts";
import { ChatService } from "../../src/server/chat-service.ts";
import { readDelays } from "./read-delays.ts";

/** A second instance of an app in a separate process. It reads the answers whose ids it receives. */
const [url = "", redisUrl = ""] = process.argv.slice(2);
const hub = redisUrl === "" ? createMemoryHub() : createRedisHub({ url: redisUrl });
const prisma = new PrismaClient({
  adapter: new PrismaBetterSqlite3({ url }),
  log: [{ emit: "event", level: "query" }],
});
let statements = 0;
prisma.$on("query", () => statements++);
const llm = createLLM({ provider: createScriptedProvider("") });
const service = new ChatService<null>({ prisma, llm, scope: "everyone", hub });

process.on("message", (messageId: string) => {
  void (async () => {
    statements = 0;
    const startedAt = performance.now();
    const delays = await readDelays(service, messageId);
    const seconds = (performance.now() - startedAt) / 1000;
    process.send?.({ delays, statementsPerSecond: statements / seconds });
  })();
});
process.send?.("ready");
