import type { NodeLLMCore } from "@node-llm/core";
import { ModelRegistry } from "@node-llm/core";
import { ChatError } from "../../chat/chat-error.ts";

/** The providers that core registers, by the names that `createLLM({ provider })` takes. */
const byPrefix: readonly (readonly [prefix: RegExp, provider: string])[] = [
  [/^(gpt-|chatgpt-|o[1345](-|$))/, "openai"],
  [/^claude-/, "anthropic"],
  [/^gemini-/, "gemini"],
  [/^deepseek-/, "deepseek"],
  [/^grok-/, "xai"],
  [/^(mistral-|magistral-|codestral-|ministral-|pixtral-)/, "mistral"],
  [/^(anthropic|amazon|meta|us|eu)\.[\w.-]+/, "bedrock"],
  [/^[\w-]+\/[\w.:-]+$/, "openrouter"],
];

const registered = new Set([
  "openai",
  "anthropic",
  "gemini",
  "deepseek",
  "xai",
  "mistral",
  "bedrock",
  "openrouter",
]);

/**
 * The LLM to use for a model. One that was made by a bare `createLLM()` has no provider; it then follows
 * from `NODELLM_PROVIDER`, or from the name of the model.
 *
 * @throws ChatError `CONFIGURATION` when neither tells.
 */
export function resolveLLM(llm: NodeLLMCore, model: string | null): NodeLLMCore {
  if (llm.provider !== undefined) return llm;
  const named = process.env["NODELLM_PROVIDER"]?.trim();
  const provider = named || providerOf(model);
  if (provider === null) {
    throw new ChatError(
      "CONFIGURATION",
      model === null
        ? "The LLM has no provider, and no model was given to tell it from. Use createLLM({ provider: … }), set NODELLM_PROVIDER, or pass a model."
        : `The LLM has no provider, and the model "${model}" does not tell it. Use createLLM({ provider: … }) or set NODELLM_PROVIDER.`,
    );
  }
  try {
    return llm.withProvider(provider);
  } catch (error) {
    // Core throws a plain error that names the setting which is missing.
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

function providerOf(model: string | null): string | null {
  if (model === null) return null;
  const match = byPrefix.find(([prefix]) => prefix.test(model));
  if (match !== undefined) return match[1];
  const entry = ModelRegistry.all().find(
    (known) => known.id === model && registered.has(known.provider),
  );
  return entry?.provider ?? null;
}
