import type { NodeLLMCore } from "@node-llm/core";
import { createLLM } from "@node-llm/core";
import { afterEach } from "vitest";

import type { OpenAIAnswer, OpenAIServer } from "./start-openai-server.ts";
import { startOpenAIServer } from "./start-openai-server.ts";

const opened: OpenAIServer[] = [];
afterEach(async () => {
  for (const server of opened.splice(0)) await server.close();
});

/**
 * Starts a stand-in for OpenAI that gives these answers in order and then repeats the last one, and creates an
 * LLM that asks it. The server is closed after the test.
 */
export async function openOpenAI(
  answers: readonly OpenAIAnswer[],
  { attempts = 2 }: { readonly attempts?: number } = {},
): Promise<{ readonly server: OpenAIServer; readonly llm: NodeLLMCore }> {
  const server = await startOpenAIServer(
    (_request, index) => answers[index] ?? answers.at(-1) ?? {},
  );
  opened.push(server);
  const llm = createLLM({
    provider: "openai",
    openaiApiKey: "sk-test",
    openaiApiBase: server.baseUrl,
    retry: { attempts, delayMs: 0 },
  });
  return { server, llm };
}
