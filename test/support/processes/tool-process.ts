import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

import { createLLM } from "@node-llm/core";
import { initTRPC } from "@trpc/server";
import { createHTTPServer } from "node-llm-trpc/adapters/standalone";

import { createChatRouter } from "node-llm-trpc/server";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { openClient } from "../databases/open-client.ts";
import { killedOptions, killedSchema } from "../providers/killed-tools.ts";

/** What the process reports to the test that started it: its port, and that a model has stopped in the middle. */
export type ToolProcessReport =
  | { readonly type: "ready"; readonly port: number }
  | { readonly type: "held" };

// A program: a test starts it with the URL of the database, and with "object" for answers with a schema.
const [url = "", kind] = process.argv.slice(2);
const provider = createScriptedProvider((request) => {
  const last = request.messages.at(-1);
  if (String(last?.content).includes("does not fit the schema"))
    return ['{"city":"Os', { hold: true }];
  if (last?.role === "tool" && kind === "object") return ["I would rather talk about Oslo."];
  if (last?.role === "tool") return ["The second call says ", { hold: true }, "nothing."];
  return ["Let me see. ", { toolCall: { id: "c1", name: String(last?.content), arguments: {} } }];
});
void provider.waitForHold().then(() => process.send?.({ type: "held" }));
const t = initTRPC.create();
const router = t.router({
  chat: createChatRouter({
    procedure: t.procedure,
    prisma: openClient(url),
    llm: createLLM({ provider }),
    ...killedOptions,
    ...(kind === "object" ? { schema: killedSchema } : {}),
  }),
});

const server: Server = createHTTPServer({ router });
server.listen(0, "127.0.0.1", () => {
  // The address of a server that listens on a port has this type.
  process.send?.({ type: "ready", port: (server.address() as AddressInfo).port });
});
