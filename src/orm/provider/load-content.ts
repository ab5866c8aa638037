import type { ContentPart } from "@node-llm/core";
import { ModelRegistry, NodeLLMCore } from "@node-llm/core";

/**
 * Loads the files of a question, as core does when it asks.
 *
 * @param files paths and URLs on this side: never pass on what a client names.
 * @returns the content that core sends.
 * @throws core's error for a file that cannot be read, or a model without vision.
 */
export async function loadContent(
  { llm, model }: { readonly llm: NodeLLMCore; readonly model: string | null },
  content: string | ContentPart[],
  { files, images }: { readonly files: string[]; readonly images: string[] },
): Promise<string | ContentPart[]> {
  const { provider } = llm;
  if (files.length + images.length === 0 || provider === undefined) return content;
  // Core loads files only while it asks, so it asks a provider that takes down what it gets.
  let loaded = content;
  const capabilities = provider.capabilities;
  const listener = new NodeLLMCore(llm.config, {
    id: provider.id,
    defaultModel: (feature) => provider.defaultModel(feature),
    formatToolResultMessage: (id, result) => ({ role: "tool", tool_call_id: id, content: result }),
    ...(capabilities === undefined ? {} : { capabilities }),
    chat: (request) => {
      const sent = request.messages.at(-1)?.content;
      if (typeof sent === "string" || Array.isArray(sent)) loaded = sent;
      return Promise.resolve({ content: "" });
    },
  });
  const chosen = model ?? llm.defaultChatModel ?? provider.defaultModel("chat");
  const isUnknown = ModelRegistry.find(chosen) === undefined;
  const given = typeof content === "string" ? content : [...content];
  await listener.chat(chosen, { assumeModelExists: isUnknown }).ask(given, { files, images });
  return loaded;
}
