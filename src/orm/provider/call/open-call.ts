import type { ChatRequest, Provider, Usage } from "@node-llm/core";
import { BaseProvider, ModelRegistry } from "@node-llm/core";
import type { AnswerErrorCode } from "../../../chat/error-codes.ts";
import type { CallObserver } from "./call-observer.ts";
import { describeProviderError } from "../describe-provider-error.ts";
import { providerFacts } from "../provider-facts.ts";
import { AnthropicExchange } from "../wire/anthropic-exchange.ts";
import { ProviderCall } from "./provider-call.ts";

interface OpenCall {
  readonly call: ProviderCall;
  /** Null unless the provider's API is Anthropic's. */
  readonly exchange: AnthropicExchange | null;
  readonly record: CallRecord;
}

/** The entry of a call in the ledger. Only the first of these methods that is called writes it. */
interface CallRecord {
  end(usage: Usage | undefined): Promise<void>;
  fail(error: unknown, usage?: Usage): Promise<void>;
}

/** Starts a call of the provider and its entry in the ledger. The caller has to end both. */
export function openCall(
  provider: Provider,
  observer: CallObserver,
  request: ChatRequest,
  { signal, gathers = false }: { readonly signal: AbortSignal; readonly gathers?: boolean },
): OpenCall {
  const facts = providerFacts(provider.id);
  const exchange = facts.usesAnthropicApi ? new AnthropicExchange(request.messages) : null;
  // An app's own provider may have the id of one of core's and call a second API when the first one fails.
  const makesOneRequest = provider instanceof BaseProvider && facts.makesOneRequest;
  const call = new ProviderCall(signal, { exchange, makesOneRequest, gathers });
  return { call, exchange, record: startRecord(provider, request.model, observer, call) };
}

function startRecord(
  provider: Provider,
  model: string,
  observer: CallObserver,
  call: ProviderCall,
): CallRecord {
  const startedAt = performance.now();
  let isRecorded = false;
  const write = async (
    statusCode: number,
    usage: Usage | undefined,
    errorCode: AnswerErrorCode | null,
  ): Promise<void> => {
    if (isRecorded) return;
    isRecorded = true;
    await observer.onRequest({
      provider: provider.id,
      model,
      statusCode,
      duration: Math.round(performance.now() - startedAt),
      inputTokens: usage?.input_tokens ?? 0,
      outputTokens: usage?.output_tokens ?? 0,
      cachedTokens: usage?.cached_tokens ?? null,
      cost: costOf(usage, model, provider.id),
      errorCode,
    });
  };
  return {
    end: (usage) => write(call.status ?? 200, usage, null),
    fail: (error, usage) => {
      const { code, statusCode } = describeProviderError(error);
      return write(statusCode ?? call.status ?? 0, usage, code);
    },
  };
}

function costOf(usage: Usage | undefined, model: string, provider: string): number | null {
  if (usage === undefined) return null;
  if (usage.cost !== undefined) return usage.cost;
  const priced: Usage = ModelRegistry.calculateCost(usage, model, provider);
  return priced.cost ?? null;
}
