import { createLLM } from "@node-llm/core";
import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { PrismaPg } from "@prisma/adapter-pg";
import { initTRPC } from "@trpc/server";
import { createHTTPServer } from "@trpc/server/adapters/standalone";
import { applyWSSHandler } from "@trpc/server/adapters/ws";
import { WebSocketServer } from "ws";

import { createChatRouter } from "node-llm-trpc/server";
import { PrismaClient as PostgresqlClient } from "../../../generated/postgresql/client.ts";
import { PrismaClient } from "../../../generated/sqlite/client.ts";
import { serve } from "./serve.ts";

/** This package as an app mounts it: the chat router, a database, core's OpenAI provider. */
const [providerUrl = "", databaseUrl = ""] = process.argv.slice(2);

const prisma = databaseUrl.startsWith("file:")
  ? new PrismaClient({ adapter: new PrismaBetterSqlite3({ url: databaseUrl }) })
  : // Both clients come from one schema; their types differ in names that are not used here.
    (new PostgresqlClient({
      adapter: new PrismaPg({ connectionString: databaseUrl }),
    }) as unknown as PrismaClient);
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
    models: ["bench"],
    background: (answer) => {
      running.add(answer);
      void answer.finally(() => running.delete(answer));
    },
  }),
  empty: t.procedure.mutation(() => null),
  /** What `send` is held against: the two rows and nothing else. */
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

const server = createHTTPServer({ router });
applyWSSHandler({ wss: new WebSocketServer({ server, perMessageDeflate: false }), router });
serve(server, {
  /** Waits until no answer is in progress. */
  settle: async () => {
    await Promise.all(running);
    return null;
  },
});
