import type { AddressInfo } from "node:net";

import { createLLM } from "@node-llm/core";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { createHTTPServer } from "../../src/adapters/standalone.ts";
import { openClient } from "../../test/support/databases/open-client.ts";
import { createAppRouter } from "../../test/support/servers/create-app-router.ts";
import type { Pulse } from "../../test/support/processes/watch-pulse.ts";
import { watchPulse } from "../../test/support/processes/watch-pulse.ts";

/** What the program tells the one who attacks it. */
export type AttackedReport =
  | { readonly type: "ready"; readonly port: number }
  | (Pulse & {
      readonly type: "pulse";
      /** How often the provider was called. */
      readonly calls: number;
    });

// A program: an app with everything as it is by default, and the limits of the handler that the docs recommend.
const [url = "", tokens = ""] = process.argv.slice(2);
const report = (message: AttackedReport): void => void process.send?.(message);
const provider = createScriptedProvider(({ messages }) =>
  JSON.stringify(messages.at(-1)?.content).includes("Wait")
    ? ["An answer", { hold: true }]
    : JSON.stringify(messages.at(-1)?.content).includes("Long")
      ? ["x".repeat(4_000_000), { hold: true }]
      : ["An answer", { usage: { input_tokens: 20_000, output_tokens: 10_000 } }],
);
const server = createHTTPServer({
  router: createAppRouter(openClient(url), createLLM({ provider }), {
    ...(tokens !== "" && { budget: () => ({ tokens: Number(tokens), per: "day" }) }),
  }),
  maxBodySize: 7_000_000,
  maxBatchSize: 20,
  createContext: ({ req }) => {
    const user = req.headers["x-user"];
    return { userId: typeof user === "string" ? user : null };
  },
});

const pulse = watchPulse();
process.on("message", () => report({ type: "pulse", ...pulse(), calls: provider.calls }));

server.listen(0, "127.0.0.1", () => {
  // The address of a server that listens on a port has this type.
  report({ type: "ready", port: (server.address() as AddressInfo).port });
});
