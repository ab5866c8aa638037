import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

import { createLLM } from "@node-llm/core";
import { initTRPC } from "@trpc/server";
import { createHTTPServer } from "node-llm-trpc/adapters/standalone";

import type { DrainReport } from "node-llm-trpc/server";
import { createChatRouter, createDrain } from "node-llm-trpc/server";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { openClient } from "../databases/open-client.ts";

/** What the process reports to the test that started it. */
export type DrainProcessReport =
  | { readonly type: "ready"; readonly port: number }
  | { readonly type: "draining" }
  | { readonly type: "finished"; readonly messageId: string; readonly status: string }
  | { readonly type: "drained"; readonly report: DrainReport; readonly aborted: number };

/** The answer to "hang", whose `onFinish` never ends. */
const unfinishable = "hangs";

/** How many pieces the answers to "short" and "long" have. One arrives every 20 ms. */
const lengths: Readonly<Record<string, number>> = { short: 50, long: 3_000 };

// A program: start-drain-process.ts starts it with the URL of the database and the timeout of the drain.
const [url = "", timeout = "0"] = process.argv.slice(2);
const report = (message: DrainProcessReport): void => void process.send?.(message);
const prisma = openClient(url);
const provider = createScriptedProvider((request) => {
  const question = request.messages.findLast(({ role }) => role === "user")?.content;
  if (question === "hang") return [unfinishable];
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
    scope: "everyone",
    drain,
    onFinish: ({ message }) => {
      report({ type: "finished", messageId: message.id, status: message.status });
      return message.content === unfinishable ? new Promise<never>(() => undefined) : undefined;
    },
  }),
});

export type DrainRouter = typeof router;

const server: Server = createHTTPServer({ router });
let isOver = false;
process.on("SIGTERM", () => {
  report({ type: "draining" });
  void drain.start({ timeout: Number(timeout) }).then((result) => {
    // Two signals may arrive as one or as two.
    if (isOver) return undefined;
    isOver = true;
    report({ type: "drained", report: result, aborted: provider.aborted });
    // From here on, no connection and no timer may keep the process alive.
    server.close();
    setTimeout(() => server.closeAllConnections(), 500).unref();
    process.disconnect();
    return prisma.$disconnect();
  });
});
server.listen(0, "127.0.0.1", () => {
  // The address of a server that listens on a port has this type.
  report({ type: "ready", port: (server.address() as AddressInfo).port });
});
