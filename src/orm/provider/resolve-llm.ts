import type { Provider } from "@node-llm/core";
import { BaseProvider, ModelRegistry, NodeLLMCore, providerRegistry } from "@node-llm/core";
import { ChatError } from "../../chat/chat-error.ts";
import { providerFacts, providerNames, providerOfModel } from "./provider-facts.ts";

/** A model that is asked when another one cannot answer, and its provider. */
export interface FallbackModel {
  readonly model: string;
  readonly provider: Provider;
}

/**
 * The LLM to use for a model. An LLM from `createLLM()` without a provider gets the one that `NODELLM_PROVIDER` names,
 * or the one that the model belongs to. A base URL that core ignores is set.
 *
 * @param fallback the models that are asked in place of others, each at the provider that it belongs to.
 * @throws ChatError `CONFIGURATION` when neither is known, or when the provider is not set up.
 */
export function resolveLLM(
  llm: NodeLLMCore,
  model: string | null,
  fallback: readonly string[] = [],
): NodeLLMCore {
  if (llm.provider !== undefined) {
    const isFallback = model !== null && fallback.includes(model);
    return withBaseUrl(isFallback ? atOwnProvider(llm, model) : llm);
  }
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
  return withBaseUrl(withProvider(llm, provider));
}

/**
 * The LLM with another provider.
 *
 * @param provider its name. A stored one is the id that a provider has given itself: core's have it in another case,
 *   and that of an app's own provider, which only the app can make, stands for the LLM's own.
 * @throws ChatError `CONFIGURATION` when core does not know the provider, or it is not set up.
 */
export function llmAtProvider(
  llm: NodeLLMCore,
  { name, isStored }: { readonly name: string; readonly isStored: boolean },
): NodeLLMCore {
  const isWanted = (known: string): boolean => known.toLowerCase() === name.toLowerCase();
  if (llm.provider !== undefined && isWanted(llm.provider.id)) return llm;
  const known = [...new Set([...providerNames, ...providerRegistry.list()])];
  const found = known.find(isWanted);
  if (found !== undefined) return withProvider(llm, found);
  if (isStored) return llm;
  throw new ChatError(
    "CONFIGURATION",
    `NodeLLM has no provider "${name}". It has: ${known.join(", ")}. Register it with llm.registerProvider, or name one of these.`,
  );
}

/**
 * The models to ask in place of another one, in order.
 *
 * @param llm the LLM of the chat, or the router.
 * @param asked the model that is asked first, with the LLM that `resolveLLM` returned for it.
 * @throws ChatError `CONFIGURATION` when it is no list of names, or a provider's settings contradict each other.
 */
export function resolveFallback(
  llm: NodeLLMCore,
  asked: { readonly llm: NodeLLMCore; readonly model: string | null },
  fallback: readonly string[] = [],
): FallbackModel[] {
  checkFallback(fallback);
  const base = llm.provider === undefined ? asked.llm : llm;
  return fallback.flatMap((model) => {
    if (model === asked.model) return [];
    const { provider } = withBaseUrl(atOwnProvider(base, model));
    return provider === undefined ? [] : [{ model, provider }];
  });
}

/** @throws ChatError `CONFIGURATION` unless it is a list of names. */
export function checkFallback(fallback: unknown): void {
  const isName = (name: unknown): boolean => typeof name === "string" && name.trim() !== "";
  if (Array.isArray(fallback) && fallback.every(isName)) return;
  throw new ChatError(
    "CONFIGURATION",
    '`fallback` has to be a list of names of models, such as ["gpt-4o-mini"].',
  );
}

/**
 * The LLM with the provider that the model belongs to, if that is set up. An app's own provider is asked for all
 * models: only the app knows which ones it has.
 */
function atOwnProvider(llm: NodeLLMCore, model: string): NodeLLMCore {
  const current = llm.provider?.id.toLowerCase() ?? "";
  const owner = inferProvider(model);
  const isCore = llm.provider instanceof BaseProvider && providerNames.includes(current);
  if (!isCore || owner === null || owner === current) return llm;
  const isSetUp = providerFacts(owner).keys.some((key) => llm.config[key]?.trim());
  return isSetUp ? withProvider(llm, owner) : llm;
}

function withProvider(llm: NodeLLMCore, provider: string): NodeLLMCore {
  try {
    return llm.withProvider(provider);
  } catch (error) {
    // Core's error names the missing setting.
    const reason = error instanceof Error ? error.message : String(error);
    throw new ChatError(
      "CONFIGURATION",
      `The model provider "${provider}" is not set up: ${reason}.`,
      { cause: error },
    );
  }
}

/** The LLM with the base URL that its configuration has, if core has not passed that on to the provider. */
function withBaseUrl(llm: NodeLLMCore): NodeLLMCore {
  const { provider, config } = llm;
  const { ignoredBase, keys } = providerFacts(provider?.id ?? "");
  if (ignoredBase === null || !(provider instanceof BaseProvider)) return llm;
  const { base, standard } = ignoredBase;
  const apiKey = keys.map((key) => config[key]?.trim()).find(Boolean);
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
