import type { NodeLLMCore } from "@node-llm/core";
import { createLLM } from "@node-llm/core";

/** The providers that core registers. */
export const providerNames = [
  "openai",
  "anthropic",
  "gemini",
  "mistral",
  "deepseek",
  "openrouter",
  "xai",
  "ollama",
  "bedrock",
] as const;

export type ProviderName = (typeof providerNames)[number];

/** Every key that the tests use begins like this, so that a leak is found. */
const secret = "sk-SECRET-";

/** Where a stub waits for an LLM. */
export interface StubAddress {
  readonly origin: string;
  /** Tells the LLMs of one stub apart. */
  readonly name: string;
  /** The two providers that core asks at a fixed address are redirected, and get no base URL. */
  readonly isRedirected?: boolean;
}

/**
 * Creates an LLM that asks a stub.
 *
 * @param retry core's own retries by default.
 */
export function createProviderLLM(
  provider: ProviderName,
  address: StubAddress,
  retry?: { readonly attempts: number; readonly delayMs: number },
): NodeLLMCore {
  return createLLM({
    provider,
    ...accessTo(provider, address),
    ...(retry === undefined ? {} : { retry }),
  });
}

/** The options of `createLLM` for a provider that is a stub. */
export function accessTo(
  provider: ProviderName,
  { origin, name, isRedirected = false }: StubAddress,
): object {
  const key = `${secret}${name}`;
  const base = `${origin}/${name}`;
  const access: Readonly<Record<ProviderName, object>> = {
    openai: { openaiApiKey: key, openaiApiBase: `${base}/v1` },
    anthropic: {
      anthropicApiKey: key,
      ...(isRedirected ? {} : { anthropicApiBase: `${base}/v1` }),
    },
    gemini: {
      geminiApiKey: key,
      ...(isRedirected ? {} : { geminiApiBase: `${base}/v1beta` }),
    },
    mistral: { mistralApiKey: key, mistralApiBase: `${base}/v1` },
    deepseek: { deepseekApiKey: key, deepseekApiBase: base },
    openrouter: { openrouterApiKey: key, openrouterApiBase: `${base}/api/v1` },
    xai: { xaiApiKey: key, xaiApiBase: `${base}/v1` },
    ollama: { ollamaApiBase: `${base}/v1` },
    bedrock: { bedrockApiKey: key, bedrockRegion: "us-east-1", bedrockApiBase: base },
  };
  return access[provider];
}

/**
 * Redirects the requests of the providers that core asks at a fixed address, as an app with a proxy of its own does.
 * The name of the stub's address is read from the key.
 *
 * @returns a function that ends it.
 */
export function redirectFixedProviders(origin: string): () => void {
  const original = globalThis.fetch;
  const redirected = (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (!fixedOrigins.has(url.origin)) return original(input, init);
    const key = new Headers(init?.headers).get("x-api-key") ?? url.searchParams.get("key") ?? "";
    return original(`${origin}/${key.replace(secret, "")}${url.pathname}${url.search}`, init);
  };
  globalThis.fetch = redirected;
  return () => {
    globalThis.fetch = original;
  };
}

const fixedOrigins: ReadonlySet<string> = new Set([
  "https://api.anthropic.com",
  "https://generativelanguage.googleapis.com",
]);
