import { BaseProvider, ModelRegistry, NodeLLMCore } from "@node-llm/core";
import { ChatError } from "../../chat/chat-error.ts";
import { providerFacts, providerOfModel } from "./provider-facts.ts";

/**
 * The LLM to use for a model. An LLM from `createLLM()` without a provider gets the one that `NODELLM_PROVIDER` names,
 * or the one that the model belongs to. A base URL that core ignores is set.
 *
 * @throws ChatError `CONFIGURATION` when neither is known, or when the provider is not set up.
 */
export function resolveLLM(llm: NodeLLMCore, model: string | null): NodeLLMCore {
  if (llm.provider !== undefined) return withBaseUrl(llm);
  const named = process.env["NODELLM_PROVIDER"]?.trim();
  const provider = named || inferProvider(model);
  if (provider === null) {
    throw new ChatError(
      "CONFIGURATION",
      model === null
        ? "The LLM has no provider, and without a model it cannot be inferred. Use createLLM({ provider: … }), set NODELLM_PROVIDER, or pass a model."
        : `The LLM has no provider, and it cannot be inferred from the model "${model}". Use createLLM({ provider: … }) or set NODELLM_PROVIDER.`,
    );
  }
  try {
    return withBaseUrl(llm.withProvider(provider));
  } catch (error) {
    // Core's error names the missing setting.
    const reason = error instanceof Error ? error.message : String(error);
    throw new ChatError(
      "CONFIGURATION",
      `The model provider "${provider}" is not set up: ${reason}.`,
      {
        cause: error,
      },
    );
  }
}

/** The LLM with the base URL that its configuration has, if core has not passed that on to the provider. */
function withBaseUrl(llm: NodeLLMCore): NodeLLMCore {
  const { provider, config } = llm;
  const { ignoredBase } = providerFacts(provider?.id ?? "");
  if (ignoredBase === null || !(provider instanceof BaseProvider)) return llm;
  const { key, base, standard } = ignoredBase;
  const apiKey = config[key]?.trim();
  const baseUrl = config[base]?.replace(/\/+$/, "");
  if (!apiKey || !baseUrl || baseUrl === standard || provider.apiBase() !== standard) return llm;
  // Core does not export the class.
  const configured: unknown = Reflect.construct(provider.constructor, [{ apiKey, baseUrl }]);
  if (!(configured instanceof BaseProvider)) return llm;
  const defaults = llm.defaultChatModel === undefined ? {} : { chat: llm.defaultChatModel };
  return new NodeLLMCore(config, configured, llm.retry, llm.middlewares, defaults);
}

function inferProvider(model: string | null): string | null {
  if (model === null) return null;
  const provider = providerOfModel(model);
  if (provider !== null) return provider;
  const entry = ModelRegistry.all().find(
    (known) => known.id === model && providerFacts(known.provider).models !== null,
  );
  return entry?.provider ?? null;
}
