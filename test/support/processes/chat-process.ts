import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { PrismaPg } from "@prisma/adapter-pg";
import { createLLM } from "@node-llm/core";

import { loadChat } from "node-llm-trpc/orm";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { PrismaClient as PostgresqlClient } from "../../../generated/postgresql/client.ts";
import { PrismaClient as SqliteClient } from "../../../generated/sqlite/client.ts";

/** What a process that asks reports to the test that started it. */
export type ChatProcessReport =
  | { readonly type: "ready" }
  /** So many characters had come from the provider at this time. */
  | { readonly type: "produced"; readonly length: number; readonly at: number }
  | { readonly type: "ended" }
  | { readonly type: "failed"; readonly code: unknown; readonly message: string };

// A program: started by chat-processes.ts with the address of the database and the id of the chat.
const [url = "", chatId = ""] = process.argv.slice(2);
const report = (message: ChatProcessReport): void => void process.send?.(message);
const prisma = url.startsWith("file:")
  ? new SqliteClient({ adapter: new PrismaBetterSqlite3({ url }) })
  : new PostgresqlClient({ adapter: new PrismaPg({ connectionString: url }) });
const pieces = Array.from({ length: 400 }, (_, index) => `${index} `);
const provider = createScriptedProvider([{ text: pieces, delayMs: 10 }]);
const chat = await loadChat(prisma, createLLM({ provider }), chatId);
await prisma.$queryRawUnsafe("SELECT 1");

process.once("message", () => {
  void (async () => {
    let length = 0;
    for await (const chunk of chat.askStream("Count")) {
      length += chunk.content.length;
      report({ type: "produced", length, at: Date.now() });
    }
    report({ type: "ended" });
  })().catch((error: unknown) => {
    const code = error instanceof Error && "code" in error ? error.code : null;
    report({ type: "failed", code, message: String(error) });
  });
});
report({ type: "ready" });
