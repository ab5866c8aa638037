import { createLLM } from "@node-llm/core";
import { curatedAnswers } from "../offline/curated-answers.ts";
import { DocsIndex } from "../offline/docs-index.ts";
import { createOfflineProvider } from "../offline/offline-provider.ts";
import { readDocumentation } from "../offline/read-documentation.ts";
import type { OpenIndex } from "../offline/search-docs-tool.ts";
import { createSearchDocsTool } from "../offline/search-docs-tool.ts";
import { createSendFeedbackTool } from "../offline/send-feedback-tool.ts";
import { chooseProvider } from "./choose-provider.ts";
import { saveFeedback } from "./save-feedback.ts";

/**
 * Creates the client of the chosen provider, with the models that it offers and the tools that they can call. The type of
 * the tools is that of the calls on the page, so it is not written here again.
 *
 * @throws Error when the environment selects a provider that is unknown or has no key
 */
export function createLanguageModel() {
  const { provider, models } = chooseProvider(process.env);
  return {
    llm: createLLM({
      provider: provider === "offline" ? createOfflineProvider(offlineOptions()) : provider,
      defaultChatModel: models[0],
    }),
    models,
    tools: [createSearchDocsTool(openOnce()), createSendFeedbackTool(saveFeedback)],
  };
}

/** Reads the documentation with the first search. Later searches report at once that all of it has been read. */
function openOnce(): OpenIndex {
  let opened: { readonly index: DocsIndex; readonly documents: number } | undefined;
  return async (report) => {
    if (opened === undefined) {
      let documents = 0;
      const passages = await readDocumentation(process.cwd(), (progress) => {
        ({ documents } = progress);
        report(progress);
      });
      opened = { index: new DocsIndex(passages, curatedAnswers), documents };
    }
    const { index, documents } = opened;
    report({ read: documents, documents });
    return index;
  };
}

function offlineOptions(): { wordsPerSecond?: number } {
  const wordsPerSecond = Number(process.env["OFFLINE_WORDS_PER_SECOND"]);
  return wordsPerSecond > 0 ? { wordsPerSecond } : {};
}
