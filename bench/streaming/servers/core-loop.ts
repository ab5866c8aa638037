import { createServer } from "node:http";

import { createLLM } from "@node-llm/core";

import { serve } from "./serve.ts";

/** The least that an app does with core: it reads the chunks of an answer, and passes them on to nobody. */
const [providerUrl = ""] = process.argv.slice(2);
const llm = createLLM({
  provider: "openai",
  openaiApiBase: `${providerUrl}/v1`,
  openaiApiKey: "bench",
});

serve(createServer(), {
  /** Resolves with the number of characters of the answer. */
  ask: async (question) => {
    let length = 0;
    for await (const chunk of llm.chat("gpt-4o-mini").stream(String(question)))
      length += chunk.content.length;
    return length;
  },
});
