import { AsyncLocalStorage } from "node:async_hooks";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { createLLM } from "@node-llm/core";
import { z } from "zod";

import { createToolFactory } from "node-llm-trpc/server";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { createHTTPHandler } from "../../../src/adapters/standalone.ts";
import { openClient } from "../databases/open-client.ts";
import { tool } from "../providers/tool.ts";
import { createAppRouter } from "../servers/create-app-router.ts";
import { countWrites, writesHeader } from "./count-writes.ts";
import { measureParsing } from "./measure-parsing.ts";
import type { Pulse } from "../processes/watch-pulse.ts";
import { watchPulse } from "../processes/watch-pulse.ts";

/** What the program tells the test that started it. */
export type FuzzServerReport =
  | { readonly type: "ready"; readonly port: number }
  /** What nobody caught. */
  | { readonly type: "uncaught"; readonly error: string }
  /** What made a procedure fail, which its client is not told. */
  | { readonly type: "failed"; readonly error: string }
  | (Pulse & { readonly type: "pulse" });

// A program: the app with the limits of the handler that the docs recommend. Everything is as it is by default but how
// much a scope does in a minute, and that too when the second argument is "limited".
const [url = "", mode] = process.argv.slice(2);
const report = (message: FuzzServerReport): void => void process.send?.(message);
process.on("unhandledRejection", (error) => report({ type: "uncaught", error: String(error) }));
process.on("uncaughtException", (error) => report({ type: "uncaught", error: String(error) }));

const calls = new AsyncLocalStorage<{ rows: number }>();
const prisma = openClient(url, {
  wrap: (factory) =>
    countWrites(factory, (rows) => {
      const call = calls.getStore();
      if (call !== undefined) call.rows += rows;
    }),
});
/** What a message asks for, and the tool that the model then calls. */
const requests = { "Remove it": "remove", "Pick it": "pick", "Work on it": "work" };
const provider = createScriptedProvider((request) => {
  const question = request.messages.findLast(({ role }) => role === "user")?.content;
  const asked = JSON.stringify(question);
  const [, name] = Object.entries(requests).find(([text]) => asked.includes(text)) ?? [];
  const hasRun = request.messages.at(-1)?.role === "tool";
  return name !== undefined && !hasRun
    ? [{ toolCall: { id: "call", name, arguments: {} } }]
    : ["An answer"];
});
const defineTool = createToolFactory<{ readonly userId: string }>();
const unlimited = {
  answersAtOnce: "unlimited",
  answersPerMinute: "unlimited",
  chatsPerMinute: "unlimited",
  openSubscriptions: "unlimited",
  messageBytesPerMinute: "unlimited",
} as const;
const router = createAppRouter(prisma, createLLM({ provider }), {
  data: { status: z.object({ step: z.number() }) },
  tools: [
    tool("remove", async () => "removed"),
    defineTool({ name: "pick", description: "The page runs it", inputSchema: z.object({}) }),
    defineTool({
      name: "work",
      description: "Shows what it does",
      inputSchema: z.object({}),
      progressSchema: z.object({ step: z.number() }),
      execute: (_input, { report: show, writeData }) => {
        show({ step: 1 });
        writeData({ name: "status", id: "work", data: { step: 1 } });
        return { isDone: true };
      },
    }),
  ],
  needsApproval: ["remove"],
  limits: mode === "limited" ? {} : unlimited,
  onError: () => undefined,
});
const handle = createHTTPHandler({
  router,
  onError: ({ error, path }) => {
    if (error.code === "INTERNAL_SERVER_ERROR")
      report({ type: "failed", error: `${path}: ${String(error.cause)}` });
  },
  maxBodySize: 7_000_000,
  maxBatchSize: 20,
  createContext: ({ req }) => {
    const user = req.headers["x-user"];
    return { userId: typeof user === "string" ? user : null };
  },
  responseMeta: () => ({ headers: { [writesHeader]: String(calls.getStore()?.rows) } }),
});
/** The bytes of each request, by its call. */
const bodies = new AsyncLocalStorage<number>();
const server = createServer((request, response) =>
  bodies.run(Number(request.headers["content-length"] ?? -1), () =>
    calls.run({ rows: 0 }, () => handle(request, response)),
  ),
);

let pulse: (() => Pulse) | null = null;
process.on("message", () => {
  if (pulse === null) pulse = watchPulse(measureParsing((bytes) => bytes === bodies.getStore()));
  else report({ type: "pulse", ...pulse() });
});

server.listen(0, "127.0.0.1", () => {
  // The address of a server that listens on a port has this type.
  report({ type: "ready", port: (server.address() as AddressInfo).port });
});
