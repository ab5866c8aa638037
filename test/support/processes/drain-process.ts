import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { PrismaPg } from "@prisma/adapter-pg";
import { createLLM } from "@node-llm/core";
import { initTRPC } from "@trpc/server";
import { createHTTPServer } from "@trpc/server/adapters/standalone";

import type { DrainReport } from "node-llm-trpc/server";
import { createChatRouter, createDrain } from "node-llm-trpc/server";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { PrismaClient as PostgresqlClient } from "../../../generated/postgresql/client.ts";
import { PrismaClient as SqliteClient } from "../../../generated/sqlite/client.ts";

/** What a server that drains tells the test that started it. */
export type DrainProcessReport =
  | { readonly type: "ready"; readonly port: number }
  | { readonly type: "draining" }
  | { readonly type: "drained"; readonly report: DrainReport; readonly aborted: number };

/** How many pieces the answer to "short" and to "long" has; one comes each 20 ms. */
const lengths: Readonly<Record<string, number>> = { short: 50, long: 3_000 };

// A program: started by start-drain-process.ts with the address of the database and the limit of the drain.
const [url = "", timeout = "0"] = process.argv.slice(2);
const report = (message: DrainProcessReport): void => void process.send?.(message);
const prisma = url.startsWith("file:")
  ? new SqliteClient({ adapter: new PrismaBetterSqlite3({ url }) })
  : new PostgresqlClient({ adapter: new PrismaPg({ connectionString: url }) });
const provider = createScriptedProvider((request) => {
  const question = request.messages.findLast(({ role }) => role === "user")?.content;
  const count = lengths[String(question)] ?? 1;
  return [{ text: Array.from({ length: count }, (_, index) => `${index} `), delayMs: 20 }];
});
const drain = createDrain();
const t = initTRPC.create({ sse: { ping: { enabled: true, intervalMs: 3_000 } } });
const router = t.router({
  chat: createChatRouter({
    procedure: t.procedure,
    prisma,
    llm: createLLM({ provider }),
    drain,
  }),
});

export type DrainRouter = typeof router;

const server: Server = createHTTPServer({ router });
let isOver = false;
process.on("SIGTERM", () => {
  report({ type: "draining" });
  void drain.start({ timeout: Number(timeout) }).then((result) => {
    // Two signals may come as one, or as two.
    if (isOver) return undefined;
    isOver = true;
    report({ type: "drained", report: result, aborted: provider.aborted });
    // Nothing may be left that keeps the process alive: no connection, no timer.
    server.close();
    setTimeout(() => server.closeAllConnections(), 500).unref();
    process.disconnect();
    return prisma.$disconnect();
  });
});
server.listen(0, "127.0.0.1", () => {
  // A server that listens on a port has an address of this form.
  report({ type: "ready", port: (server.address() as AddressInfo).port });
});
