import { createLLM } from "@node-llm/core";

export const llm = createLLM({ provider: "openai" });
