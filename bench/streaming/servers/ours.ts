import { createLLM } from "@node-llm/core";
import { initTRPC } from "@trpc/server";
import { createHTTPServer as createTrpcServer } from "@trpc/server/adapters/standalone";
import { createHTTPServer } from "../../../src/adapters/standalone.ts";
import { applyWSSHandler } from "@trpc/server/adapters/ws";
import { WebSocketServer } from "ws";

import { createRedisHub } from "node-llm-trpc/redis";
import { createChatRouter } from "node-llm-trpc/server";
import { openClient } from "../../../test/support/databases/open-client.ts";
import { serve } from "./serve.ts";
import { StatementCounter } from "./statement-counter.ts";

/**
 * This package like an app uses it: the chat router, a database and core's OpenAI provider. Its adapter is that of tRPC
 * if the last argument is `trpc`.
 */
const [providerUrl = "", databaseUrl = "", redisUrl = "", adapter = ""] = process.argv.slice(2);

const statements = new StatementCounter();
const isPostgres = databaseUrl.startsWith("postgresql:");
const prisma = openClient(databaseUrl, isPostgres ? { wrap: statements.wrap } : {});
// Written pages are copied into the file after 40 MB instead of 4: see docs/operations.md.
if (databaseUrl.startsWith("file:"))
  await prisma.$queryRawUnsafe("PRAGMA wal_autocheckpoint = 10000");
const llm = createLLM({
  provider: "openai",
  openaiApiBase: `${providerUrl}/v1`,
  openaiApiKey: "bench",
});
const running = new Set<Promise<void>>();

const t = initTRPC.create({
  sse: { ping: { enabled: true, intervalMs: 3000 }, client: { reconnectAfterInactivityMs: 8000 } },
});
const router = t.router({
  chat: createChatRouter({
    procedure: t.procedure,
    prisma,
    llm,
    scope: "everyone",
    // Checked like any others, and never reached.
    limits: {
      answersAtOnce: 1_000_000,
      answersPerMinute: 1_000_000,
      openSubscriptions: 1_000_000,
      chatsPerMinute: 1_000_000,
      messageBytesPerMinute: 1_000_000_000_000,
    },
    models: ["gpt-4o-mini"],
    ...(redisUrl === "" ? {} : { hub: createRedisHub({ url: redisUrl }) }),
    background: (answer) => {
      running.add(answer);
      void answer.finally(() => running.delete(answer));
    },
  }),
  empty: t.procedure.mutation(() => null),
  /** The call that `send` is compared with: it inserts the two messages and does nothing else. */
  bare: t.procedure
    .input((chatId) => String(chatId))
    .mutation(async ({ input: chatId }) => {
      const [userMessage, assistantMessage] = await prisma.$transaction([
        prisma.llmMessage.create({ data: { chatId, role: "user", content: "A question" } }),
        prisma.llmMessage.create({ data: { chatId, role: "assistant" } }),
      ]);
      return { userMessage, assistantMessage };
    }),
});

const server = (adapter === "trpc" ? createTrpcServer : createHTTPServer)({ router });
applyWSSHandler({ wss: new WebSocketServer({ server, perMessageDeflate: false }), router });
serve(server, {
  /** How many statements PostgreSQL got so far. */
  statements: () => statements.count,
  /** Waits until no answer is in progress. */
  settle: async () => {
    await Promise.all(running);
    return null;
  },
});
