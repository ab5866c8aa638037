import { createLLM } from "@node-llm/core";
import { initTRPC, tracked } from "@trpc/server";
import { createHTTPServer } from "@trpc/server/adapters/standalone";

import { serve } from "./serve.ts";

/** A subscription as one would write it by hand: it asks the model and yields each chunk. */
const [providerUrl = ""] = process.argv.slice(2);
const llm = createLLM({
  provider: "openai",
  openaiApiBase: `${providerUrl}/v1`,
  openaiApiKey: "bench",
});
const t = initTRPC.create({
  sse: { ping: { enabled: true, intervalMs: 3000 }, client: { reconnectAfterInactivityMs: 8000 } },
});
const router = t.router({
  stream: t.procedure
    .input((input) => input as { content: string })
    .subscription(async function* ({ input }) {
      let index = 0;
      for await (const chunk of llm.chat("gpt-4o-mini").stream(input.content)) {
        if (chunk.content) yield tracked(String(index++), { type: "text", text: chunk.content });
      }
    }),
});
serve(createHTTPServer({ router }));
