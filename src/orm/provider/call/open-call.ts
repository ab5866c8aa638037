import type { ChatRequest, Provider, Usage } from "@node-llm/core";
import { ModelRegistry } from "@node-llm/core";
import { ChatError } from "../../../chat/chat-error.ts";
import type { AnswerErrorCode } from "../../../chat/error-codes.ts";
import { answerErrors } from "../../../chat/error-codes.ts";
import type { CallObserver } from "./call-observer.ts";
import { describeProviderError } from "../../failures/describe-provider-error.ts";
import { providerFacts } from "../provider-facts.ts";
import { isCoreMethod } from "./core-providers.ts";
import { ProviderCall } from "./provider-call.ts";
import { asAmount, asTokens } from "../wire/wire-usage.ts";

interface OpenCall {
  readonly call: ProviderCall;
  readonly record: CallRecord;
}

interface OpenCallOptions {
  readonly signal: AbortSignal;
  readonly method: "chat" | "stream";
  readonly gathers?: boolean;
  /** After how many milliseconds without a byte a stream is given up. */
  readonly idleTimeout?: number;
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
  { signal, method, gathers = false, idleTimeout = Infinity }: OpenCallOptions,
): OpenCall {
  const { dialect, returnsReasoning, makesOneRequest } = providerFacts(provider.id);
  const isRead = isCoreMethod(provider, method);
  const call = new ProviderCall(signal, {
    target: { provider: provider.id, model: request.model },
    sent: request.messages,
    thinking: request.thinking,
    dialect,
    returnsReasoning,
    cachesPrompt: observer.cachesPrompt,
    isRead,
    isStream: method === "stream",
    gathers,
    idleTimeout,
    createIdleError: () => stalledError(idleTimeout),
    // An app's own provider may have the id of one of core's and call a second API when the first one fails.
    makesOneRequest: isRead && makesOneRequest,
  });
  return { call, record: startRecord(provider, request.model, observer, call) };
}

/** The error of a stream that has sent nothing for too long. */
export function stalledError(idleTimeout: number): ChatError {
  return new ChatError(
    "STREAM_STALLED",
    `The model sent nothing for ${idleTimeout / 1000} s, so the request was ended. Try again.`,
  );
}

/** The error of an answer that has ended before the provider has finished it. */
export function incompleteError(): ChatError {
  return new ChatError("STREAM_INCOMPLETE", answerErrors.STREAM_INCOMPLETE.message);
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
      // An app's own provider may pass on figures as the model's server wrote them.
      inputTokens: asTokens(usage?.input_tokens) ?? 0,
      outputTokens: asTokens(usage?.output_tokens) ?? 0,
      cachedTokens: asTokens(usage?.cached_tokens),
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
  if (usage.cost !== undefined) return asAmount(usage.cost);
  // The usage of an app's own provider: what this package has read has its cost.
  const priced: Usage = ModelRegistry.calculateCost(usage, model, provider);
  return asAmount(priced.cost);
}
