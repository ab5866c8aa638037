import type { NodeLLMCore, ToolDefinition } from "@node-llm/core";
import { createLLM } from "@node-llm/core";
import { DocsIndex } from "../offline/docs-index.ts";
import { createOfflineProvider } from "../offline/offline-provider.ts";
import { readDocumentation } from "../offline/read-documentation.ts";
import { createSearchDocsTool } from "../offline/search-docs-tool.ts";
import { createSendFeedbackTool } from "../offline/send-feedback-tool.ts";
import { chooseProvider } from "./choose-provider.ts";
import { saveFeedback } from "./save-feedback.ts";

/** The model behind the demo, with the tools that it may call. */
export interface LanguageModel {
  readonly llm: NodeLLMCore;
  readonly models: readonly string[];
  readonly tools: ToolDefinition[];
}

/** Throws when the environment names a provider that it does not configure. */
export function createLanguageModel(): LanguageModel {
  const { provider, models } = chooseProvider(process.env);
  let index: Promise<DocsIndex> | undefined;
  const searchDocs = createSearchDocsTool(() => (index ??= openIndex()));
  return {
    llm: createLLM({
      provider: provider === "offline" ? createOfflineProvider(offlineOptions()) : provider,
      defaultChatModel: models[0],
    }),
    models,
    tools: [searchDocs, createSendFeedbackTool(saveFeedback)],
  };
}

async function openIndex(): Promise<DocsIndex> {
  return new DocsIndex(await readDocumentation(process.cwd()));
}

function offlineOptions(): { wordsPerSecond?: number } {
  const wordsPerSecond = Number(process.env["OFFLINE_WORDS_PER_SECOND"]);
  return wordsPerSecond > 0 ? { wordsPerSecond } : {};
}
