import type { NodeLLMCore } from "@node-llm/core";
import { ModelRegistry } from "@node-llm/core";
import { ChatError } from "../../chat/chat-error.ts";
import { providerFacts, providerOfModel } from "./provider-facts.ts";

/**
 * The LLM to use for a model. An LLM from `createLLM()` without a provider gets the one that `NODELLM_PROVIDER` names,
 * or the one that the model belongs to.
 *
 * @throws ChatError `CONFIGURATION` when neither is known, or when the provider is not set up.
 */
export function resolveLLM(llm: NodeLLMCore, model: string | null): NodeLLMCore {
  if (llm.provider !== undefined) return llm;
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
    return llm.withProvider(provider);
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

function inferProvider(model: string | null): string | null {
  if (model === null) return null;
  const provider = providerOfModel(model);
  if (provider !== null) return provider;
  const entry = ModelRegistry.all().find(
    (known) => known.id === model && providerFacts(known.provider).models !== null,
  );
  return entry?.provider ?? null;
}
