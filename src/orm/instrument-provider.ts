import type {
  ChatChunk,
  ChatRequest,
  ChatResponse,
  Message,
  Provider,
  ToolCall,
  Usage,
} from "@node-llm/core";
import { ModelRegistry } from "@node-llm/core";
import { ChatError } from "../chat/chat-error.ts";
import { abortable, abortError, abortReason } from "./abortable.ts";
import { describeProviderError } from "./describe-provider-error.ts";
import { ProviderCall } from "./provider-fetch.ts";
import type { RequestOutcome } from "./request-outcome.ts";
import { uniqueToolCalls } from "./unique-tool-calls.ts";

/** What a turn wants to know of the calls that core makes for it. */
export interface ProviderObserver {
  readonly signal: AbortSignal;
  /** Milliseconds without a chunk after which a stream counts as stalled. */
  readonly idleTimeout: number;
  /** Tool call ids that are taken: a provider may repeat its ids, a message may not. */
  readonly toolCallIds: Set<string>;
  /** Core makes a call: the first one, the next one after tools, or another try. */
  onCall(): void;
  onText(text: string): void;
  onThinking(thinking: {
    text?: string | undefined;
    signature?: string | undefined;
    tokens?: number | undefined;
  }): void;
  onToolCalls(calls: readonly ToolCall[]): void;
  onRequest(outcome: RequestOutcome): Promise<void>;
}

/**
 * The provider as core calls it, with each call observed: timed and recorded, its text reported once and
 * in order, ended by the turn's signal, and not taken for complete when its stream broke off.
 */
export function instrumentProvider(provider: Provider, observer: ProviderObserver): Provider {
  return {
    id: provider.id,
    chat: (request) => {
      observer.onCall();
      return chat(provider, observer, prepare(request));
    },
    stream: (request) => {
      observer.onCall();
      return stream(provider, observer, prepare(request));
    },
    defaultModel: (feature) => provider.defaultModel(feature),
    ...(provider.capabilities === undefined ? {} : { capabilities: provider.capabilities }),
    formatToolResultMessage: (...args) => provider.formatToolResultMessage(...args),
  };
}

async function chat(
  provider: Provider,
  observer: ProviderObserver,
  request: ChatRequest,
): Promise<ChatResponse> {
  const call = new ProviderCall(observer.signal);
  const record = startRecord(provider, request.model, observer, call);
  try {
    observer.signal.throwIfAborted();
    const response = await abortable(
      call.run(() => provider.chat(withSignal(request, observer.signal))),
      observer.signal,
    );
    const reported = reportResponse(observer, response);
    await record.end(response.usage);
    return reported;
  } catch (error) {
    const reason: unknown = observer.signal.aborted ? abortReason(observer.signal) : error;
    await record.fail(reason);
    throw reason;
  }
}

function reportResponse(observer: ProviderObserver, response: ChatResponse): ChatResponse {
  const calls = uniqueToolCalls(response.tool_calls, observer.toolCallIds);
  const thinking =
    response.thinking ?? (response.reasoning ? { text: response.reasoning } : undefined);
  if (thinking !== undefined) observer.onThinking(thinking);
  if (response.content) observer.onText(response.content);
  if (calls !== undefined) observer.onToolCalls(calls);
  return calls === undefined ? response : { ...response, tool_calls: calls };
}

async function* stream(
  provider: Provider,
  observer: ProviderObserver,
  request: ChatRequest,
): AsyncGenerator<ChatChunk, void, undefined> {
  if (!canStream(provider, request)) {
    const { content, ...rest } = await chat(provider, silent(observer), request);
    yield* report(observer, responseChunks(content, rest));
    return;
  }
  const stalled = new AbortController();
  const call = new ProviderCall(AbortSignal.any([observer.signal, stalled.signal]));
  const record = startRecord(provider, request.model, observer, call);
  let usage: Usage | undefined;
  try {
    for await (const chunk of pull(provider, request, call, stalled, observer.idleTimeout)) {
      usage = mergeUsage(usage, chunk.usage);
      const { usage: _usage, ...rest } = chunk;
      yield* report(observer, [rest]);
    }
    // OpenAI's stream ends normally when it is aborted.
    call.signal.throwIfAborted();
    if (call.isComplete === false) throw incomplete();
    await record.end(usage);
    if (usage !== undefined) yield { content: "", usage };
  } catch (error) {
    const reason: unknown = call.signal.aborted ? abortReason(call.signal) : error;
    await record.fail(reason, usage);
    throw reason;
  } finally {
    // Does nothing when the call has been recorded: otherwise the reader left the loop.
    await record.fail(abortError(), usage);
  }
}

/** Core drops the tool calls of Anthropic's streams: their stop reason is `tool_use`, it waits for `end_turn`. */
function canStream(provider: Provider, request: ChatRequest): boolean {
  if (provider.stream === undefined) return false;
  return provider.id.toLowerCase() !== "anthropic" || (request.tools ?? []).length === 0;
}

function silent(observer: ProviderObserver): ProviderObserver {
  return {
    signal: observer.signal,
    idleTimeout: observer.idleTimeout,
    toolCallIds: new Set(),
    onCall: () => undefined,
    onText: () => undefined,
    onThinking: () => undefined,
    onToolCalls: () => undefined,
    onRequest: (outcome) => observer.onRequest(outcome),
  };
}

function responseChunks(content: string | null, rest: Omit<ChatResponse, "content">): ChatChunk[] {
  const chunks: ChatChunk[] = [];
  if (rest.thinking !== undefined) chunks.push({ content: "", thinking: rest.thinking });
  if (content) chunks.push({ content });
  if (rest.tool_calls !== undefined) chunks.push({ content: "", tool_calls: rest.tool_calls });
  if (rest.usage !== undefined) chunks.push({ content: "", usage: rest.usage });
  return chunks;
}

function* report(
  observer: ProviderObserver,
  chunks: readonly ChatChunk[],
): Generator<ChatChunk, void, undefined> {
  for (const chunk of chunks) {
    const { thinking, reasoning, content } = chunk;
    const calls = uniqueToolCalls(chunk.tool_calls, observer.toolCallIds);
    if (thinking !== undefined) observer.onThinking(thinking);
    else if (reasoning) observer.onThinking({ text: reasoning });
    if (content) observer.onText(content);
    if (calls !== undefined) observer.onToolCalls(calls);
    // Core yields a chunk once for its content and once more for its thinking: hand them over one by one.
    if (content && (thinking !== undefined || reasoning)) {
      yield {
        content: "",
        ...(thinking === undefined ? { reasoning: reasoning ?? "" } : { thinking }),
      };
      const { thinking: _thinking, reasoning: _reasoning, ...rest } = chunk;
      yield calls === undefined ? rest : { ...rest, tool_calls: calls };
    } else yield calls === undefined ? chunk : { ...chunk, tool_calls: calls };
  }
}

/** Reads the provider's stream; each wait ends when the turn is aborted or the stream stalls. */
async function* pull(
  provider: Provider,
  request: ChatRequest,
  call: ProviderCall,
  stalled: AbortController,
  idleTimeout: number,
): AsyncGenerator<ChatChunk, void, undefined> {
  call.signal.throwIfAborted();
  const source = call.run(() => provider.stream?.(withSignal(request, call.signal)));
  if (source === undefined) return;
  const iterator = call.run(() => source[Symbol.asyncIterator]());
  let isDone = false;
  try {
    for (;;) {
      const timer = setTimeout(() => stalled.abort(stall(idleTimeout)), idleTimeout);
      const next = await abortable(
        call.run(() => iterator.next()),
        call.signal,
      ).finally(() => clearTimeout(timer));
      if (next.done === true) {
        isDone = true;
        return;
      }
      yield next.value;
    }
  } catch (error) {
    // The provider's own failure: it has ended its request.
    isDone = !call.signal.aborted;
    throw error;
  } finally {
    if (!isDone) {
      if (!call.signal.aborted) stalled.abort(abortError());
      // Not awaited: a generator that waits for its provider takes the return only when that answers.
      call.run(() => iterator.return?.(undefined))?.catch(() => undefined);
    }
  }
}

/** Not enumerable: Anthropic's provider copies what it does not know into the request's body. */
function withSignal(request: ChatRequest, signal: AbortSignal): ChatRequest {
  return Object.defineProperty({ ...request }, "signal", { value: signal, enumerable: false });
}

/** The request as every provider takes it: without the keys that core leaks into messages. */
function prepare(request: ChatRequest): ChatRequest {
  const { thinking, max_tokens: maxTokens } = request;
  const budget = thinking?.budget;
  return {
    ...request,
    messages: request.messages.map(wireMessage),
    // The budget counts towards the limit: a limit below it is refused.
    ...(budget !== undefined && maxTokens !== undefined && maxTokens <= budget
      ? { max_tokens: budget + maxTokens }
      : {}),
  };
}

function wireMessage(message: Message): Message {
  const { usage: _usage, reasoning: _reasoning, ...rest } = message;
  const wire: Message = { ...rest };
  if (wire.tool_calls === undefined) delete wire.tool_calls;
  if (wire.content instanceof String) wire.content = wire.content.toString();
  return wire;
}

interface CallRecord {
  end(usage: Usage | undefined): Promise<void>;
  fail(error: unknown, usage?: Usage): Promise<void>;
}

/** Writes the call into the ledger, once. */
function startRecord(
  provider: Provider,
  model: string,
  observer: ProviderObserver,
  call: ProviderCall,
): CallRecord {
  const startedAt = performance.now();
  let isRecorded = false;
  const write = async (
    statusCode: number,
    usage: Usage | undefined,
    errorCode: string | null,
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

/** Some providers report their usage in pieces, each with the totals that it knows and 0 for the rest. */
function mergeUsage(known: Usage | undefined, next: Usage | undefined): Usage | undefined {
  if (known === undefined || next === undefined) return next ?? known;
  const input = Math.max(known.input_tokens, next.input_tokens);
  const output = Math.max(known.output_tokens, next.output_tokens);
  return {
    ...known,
    ...next,
    input_tokens: input,
    output_tokens: output,
    total_tokens: input + output,
  };
}

function stall(idleTimeout: number): ChatError {
  return new ChatError(
    "STREAM_STALLED",
    `The model sent nothing for ${Math.round(idleTimeout / 1000)} s, and the request was ended. Try again.`,
  );
}

function incomplete(): ChatError {
  return new ChatError(
    "STREAM_INCOMPLETE",
    "The connection to the model ended before the answer was complete. Try again.",
  );
}
