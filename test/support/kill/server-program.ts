import { createLLM } from "@node-llm/core";

import type { ChatHub } from "node-llm-trpc/server";
import { createMemoryHub } from "node-llm-trpc/server";
import { createAppRouter, listen } from "../app-router.ts";
import { beatMs } from "./pulse.ts";
import { watchStatements } from "../watch-statements.ts";

/** Where a statement belongs that a process can be told to die at. */
export type Moment = "begin" | "tool" | "finish" | "ledger" | "save" | "recover" | "any";

/** What the process is told. */
export type ServerCommand =
  | { readonly type: "open"; readonly database: ServerDatabase; readonly providerUrl: string }
  /** It kills itself right before the statement of this kind that follows `skip` others. */
  | { readonly type: "die"; readonly moment: Moment; readonly skip: number };

/** What the process tells. */
export type ServerReport =
  | { readonly type: "loaded" }
  | { readonly type: "open"; readonly url: string }
  /** It lived at this time, and the database had just answered it. */
  | { readonly type: "beat"; readonly at: number };

export interface ServerDatabase {
  readonly name: "sqlite" | "postgresql";
  readonly url: string;
  readonly redisUrl: string | null;
}

// A program: one instance of an app. It loads first and opens when it is told to, so that the next one is at hand.
const report = (message: ServerReport): void => void process.send?.(message);
let death: { moment: Moment; skip: number } | null = null;

process.on("disconnect", () => process.exit());
process.on("message", (message) => {
  // What server-process.ts sends.
  const command = message as ServerCommand;
  if (command.type === "die") death = command;
  else void open(command.database, command.providerUrl);
});
report({ type: "loaded" });

async function open(database: ServerDatabase, providerUrl: string): Promise<void> {
  const { prisma } = watchStatements(database, (sql, values) => {
    if (death === null || !isAt(death.moment, sql, values)) return;
    if (death.skip-- === 0) process.kill(process.pid, "SIGKILL");
  });
  const llm = createLLM({
    provider: "openai",
    openaiApiKey: "sk-test",
    openaiApiBase: providerUrl,
    retry: { attempts: 1 },
  });
  const { redisUrl } = database;
  const hub = redisUrl === null ? createMemoryHub() : await connectHub(redisUrl);
  const router = createAppRouter(prisma, llm, {
    models: ["gpt-4o"],
    hub,
    tools: [
      {
        type: "function",
        function: {
          name: "work",
          description: "Takes its time",
          parameters: { type: "object", properties: {} },
        },
        handler: async (args: unknown) => {
          // What the planned answers call it with.
          const { ms, say } = args as { ms: number; say: string };
          await new Promise((resolve) => setTimeout(resolve, ms));
          return `done ${say}`;
        },
      },
    ],
    onError: () => undefined,
  });
  const { url } = await listen(router, (error) => {
    // Nothing that a kill does to others may surprise an instance that lives.
    if (error.code === "INTERNAL_SERVER_ERROR") console.error(error.cause ?? error);
  });
  await prisma.$queryRawUnsafe("SELECT 1");
  report({ type: "open", url });
  for (;;) {
    report({ type: "beat", at: Date.now() });
    await new Promise((resolve) => setTimeout(resolve, beatMs));
    await prisma.$queryRawUnsafe("SELECT 1");
  }
}

async function connectHub(url: string): Promise<ChatHub> {
  const { createRedisHub } = await import("node-llm-trpc/redis");
  return createRedisHub({ url });
}

function isAt(moment: Moment, sql: string, values: readonly unknown[]): boolean {
  switch (moment) {
    case "begin":
      return /INSERT INTO .*LlmMessage\W/.test(sql) || /UPDATE .*LlmChat\W.*lastPosition/.test(sql);
    case "tool":
      return /(INSERT INTO|UPDATE) .*LlmToolCall\W/.test(sql);
    case "finish":
      return (
        /UPDATE .*LlmMessage\W.*turnLock/.test(sql) || /DELETE FROM .*LlmMessageChunk\W/.test(sql)
      );
    case "ledger":
      return /INSERT INTO .*LlmRequest\W/.test(sql);
    case "save":
      return /INSERT INTO .*LlmMessageChunk\W/.test(sql);
    case "recover":
      return sql.includes("'fence'") || values.includes("interrupted");
    case "any":
      return true;
  }
}
