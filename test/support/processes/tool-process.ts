import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

import { createLLM } from "@node-llm/core";
import { initTRPC } from "@trpc/server";
import { createHTTPServer } from "node-llm-trpc/adapters/standalone";

import { createChatRouter } from "node-llm-trpc/server";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { openClient } from "../databases/open-client.ts";
import { killedTools } from "../providers/killed-tools.ts";

/** What the process reports to the test that started it. */
export interface ToolProcessReport {
  readonly type: "ready";
  readonly port: number;
}

// A program: a test starts it with the URL of the database.
const [url = ""] = process.argv.slice(2);
const provider = createScriptedProvider((request) => {
  const last = request.messages.at(-1);
  if (last?.role === "tool") return ["The second call says ", { hold: true }, "nothing."];
  return ["Let me see. ", { toolCall: { id: "c1", name: String(last?.content), arguments: {} } }];
});
const t = initTRPC.create();
const router = t.router({
  chat: createChatRouter({
    procedure: t.procedure,
    prisma: openClient(url),
    llm: createLLM({ provider }),
    scope: "everyone",
    tools: killedTools,
  }),
});

const server: Server = createHTTPServer({ router });
server.listen(0, "127.0.0.1", () => {
  // The address of a server that listens on a port has this type.
  process.send?.({ type: "ready", port: (server.address() as AddressInfo).port });
});
