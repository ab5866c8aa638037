import { LazyMap } from "../../../shared/collections/lazy-map.ts";
import type { ChatChunk, ChatRequest, Message, Provider } from "@node-llm/core";
import { resolveModelAlias } from "@node-llm/core";
import { answerErrors } from "../../../chat/error-codes.ts";
import { describeProviderError } from "../../failures/describe-provider-error.ts";
import { createCompletion, prepareRequest } from "../prepare-request.ts";
import { providerFacts } from "../provider-facts.ts";
import type { FallbackModel } from "../resolve-llm.ts";
import { carriedByMessage, carry, uncarried } from "../wire/carried.ts";
import type { AnswerObserver } from "./call-observer.ts";
import type { CallResponse } from "./chat-call.ts";
import { chatCall } from "./chat-call.ts";
import { RetryAfter } from "./retry-after.ts";

/** A model of the chain. Null for the model that core asks for. */
interface Link {
  readonly model: string | null;
  readonly provider: Provider;
  readonly retryAfter: RetryAfter;
}

/** One call of one model. */
export interface ModelCall {
  readonly provider: Provider;
  readonly request: ChatRequest;
  readonly observer: AnswerObserver;
  /** Calls the provider's `chat`. */
  readonly chat: () => Promise<CallResponse>;
}

/**
 * The models that may give an answer: the one that was asked for, and those that are asked in its place, in order. The
 * next one is called when a call fails before its first token with an error that may pass, or for a reason that lies
 * in the model. Each call of the answer starts with the first model again.
 */
export class ModelChain {
  readonly #links: readonly Link[];
  readonly #observer: AnswerObserver;
  readonly #complete = createCompletion();
  /** Which provider made the tool calls of this answer that were not made by the first one. */
  readonly #makers = new LazyMap<string, string>();
  /** The place of the model that was called last. */
  #current = 0;

  constructor(provider: Provider, fallback: readonly FallbackModel[], observer: AnswerObserver) {
    this.#links = [{ model: null, provider }, ...fallback].map((link) => ({
      model: link.model,
      provider: link.provider,
      retryAfter: new RetryAfter(),
    }));
    this.#observer = observer;
  }

  /**
   * Asks for a whole response.
   *
   * @param read makes the call and reports what it brought.
   */
  async chat<Response>(
    given: ChatRequest,
    read: (call: ModelCall) => Promise<Response>,
  ): Promise<Response> {
    const request = this.#complete(given);
    const attempts = new Attempts(this.#observer, this.#links.length > 1);
    for (const [index, link] of this.#links.entries()) {
      const call = await this.#open(link, index, request, attempts);
      try {
        return await read(call);
      } catch (error) {
        attempts.fail(error);
      }
    }
    throw attempts.error;
  }

  /**
   * Asks for a stream.
   *
   * @param read makes the call and reports what it brings.
   */
  async *stream(
    given: ChatRequest,
    read: (call: ModelCall) => AsyncIterable<ChatChunk>,
  ): AsyncGenerator<ChatChunk, void, undefined> {
    const request = this.#complete(given);
    const attempts = new Attempts(this.#observer, this.#links.length > 1);
    for (const [index, link] of this.#links.entries()) {
      const call = await this.#open(link, index, request, attempts);
      try {
        yield* read(call);
        return;
      } catch (error) {
        attempts.fail(error);
      }
    }
    throw attempts.error;
  }

  async #open(
    { model, provider, retryAfter }: Link,
    index: number,
    request: ChatRequest,
    attempts: Attempts,
  ): Promise<ModelCall> {
    const named =
      model === null ? request : { ...request, model: resolveModelAlias(model, provider.id) };
    if (index > 0) {
      this.#observer.onCall();
      await this.#observer.admit(named, { model: named.model, provider: provider.id });
    }
    if (index !== this.#current) {
      this.#current = index;
      await this.#observer.onModel(model === null ? null : { model, provider: provider.id });
    }
    const observer = attempts.begin((id) => this.#makers.set(id, provider.id));
    const prepared = prepareRequest(this.#translate(named, provider.id), provider);
    const chat = (): Promise<CallResponse> => {
      const hasToolResults = observer.hasToolResults();
      return chatCall(provider, observer, prepared, { retryAfter, hasToolResults });
    };
    return { provider, request: prepared, observer, chat };
  }

  /** The request for a provider that may not have made all of the tool calls so far. */
  #translate(request: ChatRequest, provider: string): ChatRequest {
    if (this.#links.length === 1) return request;
    const first = this.#links[0]?.provider.id;
    const isForeign = ({ tool_calls: calls = [] }: Message): boolean =>
      (this.#makers.get(calls[0]?.id ?? "") ?? first) !== provider;
    const turnStart = request.messages.findLastIndex(({ role }) => role === "user");
    const calling = request.messages
      .slice(turnStart + 1)
      .filter((message) => message.tool_calls !== undefined);
    const { foreignSignature, wantsThinkingFirst } = providerFacts(provider);
    const messages = request.messages.map((message, at) => {
      if (message.role !== "assistant" || !isForeign(message)) return message;
      const own = uncarried(message);
      const [call, ...calls] = own.tool_calls ?? [];
      if (call === undefined || foreignSignature === null || at < turnStart) return own;
      return { ...own, tool_calls: [carry(call, { signature: foreignSignature }), ...calls] };
    });
    const { thinking: _thinking, ...unthinking } = request;
    const [firstCall] = calling;
    const mayThink =
      !wantsThinkingFirst ||
      firstCall === undefined ||
      (hasThinking(firstCall) && !calling.some(isForeign));
    return { ...(mayThink ? request : unthinking), messages };
  }
}

function hasThinking(message: Message): boolean {
  return (carriedByMessage(message).thinking?.length ?? 0) > 0;
}

/** The attempts to get one response. */
class Attempts {
  readonly #observer: AnswerObserver;
  readonly #mayRepeat: boolean;
  #first: { readonly error: unknown } | null = null;
  /** The model has begun to answer, and readers have seen it. */
  #hasBegun = false;
  /** What failed was this package, or the database. */
  #hasFailedHere = false;

  /** @param mayRepeat whether there is more than one model. */
  constructor(observer: AnswerObserver, mayRepeat: boolean) {
    this.#observer = observer;
    this.#mayRepeat = mayRepeat;
  }

  /** The error when no model has answered: that of the model that was asked for. */
  get error(): unknown {
    return this.#first?.error;
  }

  /** Begins an attempt, whose events go through the observer that is returned. */
  begin(onToolCall: (id: string) => void): AnswerObserver {
    const observer = this.#observer;
    if (!this.#mayRepeat) return observer;
    return {
      ...observer,
      onText: (text, waitedMs) => {
        this.#hasBegun = true;
        observer.onText(text, waitedMs);
      },
      onThinking: (thinking) => {
        this.#hasBegun = true;
        observer.onThinking(thinking);
      },
      onWritten: (piece) => {
        this.#hasBegun = true;
        observer.onWritten(piece);
      },
      onToolCalls: (calls) => {
        this.#hasBegun = true;
        for (const { id } of calls) onToolCall(id);
        return observer.onToolCalls(calls);
      },
      onRequest: async (outcome) => {
        try {
          await observer.onRequest(outcome);
        } catch (error) {
          this.#hasFailedHere = true;
          throw error;
        }
      },
    };
  }

  /** Notes a failure. Throws unless the next model may be asked. */
  fail(error: unknown): void {
    const { signal } = this.#observer;
    if (signal.aborted || this.#hasBegun || this.#hasFailedHere) throw error;
    this.#first ??= { error };
    if (!mayBeAnsweredElsewhere(error)) throw this.#first.error;
  }
}

/** Whether another model may answer: the failure may pass, or is one of the model's. */
function mayBeAnsweredElsewhere(error: unknown): boolean {
  const { code } = describeProviderError(error);
  if (code === "ABORTED") return false;
  return answerErrors[code].retryable || code === "MODEL_NOT_FOUND" || code === "CONTEXT_TOO_LONG";
}
