import type { NodeLLMCore, ToolDefinition } from "@node-llm/core";
import { createLLM } from "@node-llm/core";
import { curatedAnswers } from "../offline/curated-answers.ts";
import { DocsIndex } from "../offline/docs-index.ts";
import { createOfflineProvider } from "../offline/offline-provider.ts";
import { readDocumentation } from "../offline/read-documentation.ts";
import { createSearchDocsTool } from "../offline/search-docs-tool.ts";
import { createSendFeedbackTool } from "../offline/send-feedback-tool.ts";
import { chooseProvider } from "./choose-provider.ts";
import { saveFeedback } from "./save-feedback.ts";

/** The client of the chosen provider, with the models that it offers and the tools that they can call. */
export interface LanguageModel {
  readonly llm: NodeLLMCore;
  readonly models: readonly string[];
  readonly tools: ToolDefinition[];
}

/** @throws Error when the environment selects a provider that is unknown or has no key */
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
  return new DocsIndex(await readDocumentation(process.cwd()), curatedAnswers);
}

function offlineOptions(): { wordsPerSecond?: number } {
  const wordsPerSecond = Number(process.env["OFFLINE_WORDS_PER_SECOND"]);
  return wordsPerSecond > 0 ? { wordsPerSecond } : {};
}
