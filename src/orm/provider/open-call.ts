import type { ChatRequest, Provider } from "@node-llm/core";
import { BaseProvider } from "@node-llm/core";
import { AnthropicExchange } from "./wire/anthropic-exchange.ts";
import { ProviderCall } from "./wire/provider-fetch.ts";
import type { ProviderObserver } from "./provider-observer.ts";
import type { CallRecord } from "./start-record.ts";
import { startRecord } from "./start-record.ts";

interface OpenCall {
  readonly call: ProviderCall;
  /** Null when the provider's format needs none. */
  readonly exchange: AnthropicExchange | null;
  readonly record: CallRecord;
}

/** Begins a call of the provider and its record in the ledger; each is to be ended. */
export function openCall(
  provider: Provider,
  observer: ProviderObserver,
  request: ChatRequest,
  { signal, gathers = false }: { readonly signal: AbortSignal; readonly gathers?: boolean },
): OpenCall {
  const exchange = exchangeOf(provider, request);
  const call = new ProviderCall(signal, {
    exchange,
    makesOneRequest: makesOneRequest(provider),
    gathers,
  });
  return { call, exchange, record: startRecord(provider, request.model, observer, call) };
}

/** The exchange of a call whose format needs one. */
function exchangeOf(provider: Provider, request: ChatRequest): AnthropicExchange | null {
  return provider.id.toLowerCase() === "anthropic" ? new AnthropicExchange(request.messages) : null;
}

/** Core's own providers that speak the formats known here. Another one may try a second API when the first one fails. */
function makesOneRequest(provider: Provider): boolean {
  return provider instanceof BaseProvider && oneRequestProviders.has(provider.id.toLowerCase());
}

const oneRequestProviders: ReadonlySet<string> = new Set([
  "openai",
  "anthropic",
  "deepseek",
  "mistral",
  "ollama",
  "openrouter",
  "xai",
]);
