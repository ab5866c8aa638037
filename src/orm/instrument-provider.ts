import type {
  ChatChunk,
  ChatRequest,
  ChatResponse,
  Provider,
  ProviderCapabilities,
  ThinkingConfig,
  ToolCall,
  Usage,
} from "@node-llm/core";
import { BaseProvider, ModelRegistry } from "@node-llm/core";
import { ChatError } from "../chat/chat-error.ts";
import { abortable, abortError, abortReason, Waiter } from "./abortable.ts";
import { AnthropicExchange } from "./anthropic-exchange.ts";
import { describeProviderError } from "./describe-provider-error.ts";
import { ProviderCall } from "./provider-fetch.ts";
import { mergeUsage } from "./merge-usage.ts";
import type { RequestOutcome } from "./request-outcome.ts";
import type { ContinuedAnswer } from "./continued-answer.ts";
import { toStorable } from "./storable-text.ts";
import { StreamedText, storableThinking } from "./streamed-text.ts";
import { carryThinking } from "./thinking-blocks.ts";
import { uniqueToolCalls } from "./unique-tool-calls.ts";
import { toWireMessages } from "./wire-messages.ts";

/** What a turn wants to know of the calls that core makes for it. */
export interface ProviderObserver {
  readonly signal: AbortSignal;
  /** Milliseconds without a chunk after which a stream counts as stalled. */
  readonly idleTimeout: number;
  /** Hands the text of a stream over to core in large pieces, behind the first one; `onText` is told of each as it comes. */
  readonly mergesText?: boolean;
  /** Tool call ids that are taken: a provider may repeat its ids, a message may not. */
  readonly toolCallIds: Set<string>;
  /** Core makes a call: the first one, the next one after tools, or another try. */
  onCall(): void;
  /** The text that a tool has ended the answer with, instead of another call; null to go on. */
  takeHalt(): string | null;
  /** True when the answer is to end here, since a tool call waits for approval. */
  isWaiting(): boolean;
  /** The answer that this turn continues; null for a new one. */
  readonly continued: ContinuedAnswer | null;
  /** Core hands the result of a tool to the model. */
  onToolAnswer(toolCallId: string, content: string): { readonly isError: boolean };
  /** @param waitedMs for how long the text has been gathered. */
  onText(text: string, waitedMs?: number): void;
  onThinking(thinking: {
    text?: string | undefined;
    signature?: string | undefined;
    tokens?: number | undefined;
  }): void;
  /** Resolves to the calls that core is to run now. */
  onToolCalls(calls: readonly ToolCall[]): Promise<readonly ToolCall[]>;
  onRequest(outcome: RequestOutcome): Promise<void>;
}

/**
 * The provider as core calls it, with each call observed: timed and recorded, its text reported once and
 * in order, ended by the turn's signal, and not taken for complete when its stream broke off.
 */
export function instrumentProvider(provider: Provider, observer: ProviderObserver): Provider {
  const prepare = createPreparation(provider);
  return {
    id: provider.id,
    chat: async (request) => {
      observer.onCall();
      const halt = observer.takeHalt();
      if (halt !== null)
        return reportResponse(observer, { content: halt, finish_reason: "tool_halt" }, null);
      const response = await chat(provider, observer, prepare(request));
      return reportResponse(observer, response.response, response.exchange);
    },
    stream: async function* (given) {
      const approved = observer.continued?.takeCalls(given.messages) ?? [];
      if (approved.length > 0) {
        yield { content: "", tool_calls: [...approved] };
        return;
      }
      observer.onCall();
      if (observer.isWaiting()) return;
      const halt = observer.takeHalt();
      const messages = observer.continued?.complete(given.messages) ?? given.messages;
      const request = { ...given, messages };
      if (halt !== null) yield* report(observer, { content: halt }, new StreamedText());
      else if (provider.stream === undefined) {
        const { response, exchange } = await chat(provider, observer, prepare(request));
        const texts = new StreamedText();
        for (const chunk of responseChunks(response)) yield* report(observer, chunk, texts);
        yield* report(observer, texts.end(), texts);
        yield* reportToolCalls(observer, response.tool_calls, exchange);
        if (response.usage !== undefined) yield { content: "", usage: response.usage };
      } else yield* stream(provider, observer, prepare(request));
    },
    defaultModel: (feature) => provider.defaultModel(feature),
    ...(provider.capabilities === undefined
      ? {}
      : { capabilities: trustUnknownModels(provider.capabilities) }),
    formatToolResultMessage: (toolCallId, content, options) => {
      const { isError } = observer.onToolAnswer(toolCallId, content);
      return provider.formatToolResultMessage(
        toolCallId,
        content,
        isError ? { ...options, isError } : options,
      );
    },
  };
}

/** Core refuses tools and images for each model that is not in its list. Whether they work is the provider's to say. */
function trustUnknownModels(capabilities: ProviderCapabilities): ProviderCapabilities {
  const isUnknown = (model: string): boolean => ModelRegistry.find(model) === undefined;
  return Object.assign(Object.create(capabilities) as ProviderCapabilities, {
    supportsTools: (model: string) => capabilities.supportsTools(model) || isUnknown(model),
    supportsVision: (model: string) => capabilities.supportsVision(model) || isUnknown(model),
    supportsStructuredOutput: (model: string) =>
      capabilities.supportsStructuredOutput(model) || isUnknown(model),
  });
}

/** The exchange of a call whose format needs one. */
function exchangeOf(provider: Provider, request: ChatRequest): AnthropicExchange | null {
  return provider.id.toLowerCase() === "anthropic" ? new AnthropicExchange(request.messages) : null;
}

async function chat(
  provider: Provider,
  observer: ProviderObserver,
  request: ChatRequest,
): Promise<{ response: ChatResponse; exchange: AnthropicExchange | null }> {
  observer.signal.throwIfAborted();
  const exchange = exchangeOf(provider, request);
  const call = new ProviderCall(observer.signal, {
    exchange,
    makesOneRequest: makesOneRequest(provider),
  });
  const record = startRecord(provider, request.model, observer, call);
  try {
    const response = await abortable(
      call.run(() => provider.chat(withSignal(request, observer.signal))),
      observer.signal,
    );
    await record.end(response.usage);
    return { response, exchange };
  } catch (error) {
    const reason: unknown = observer.signal.aborted ? abortReason(observer.signal) : error;
    await record.fail(reason);
    throw reason;
  } finally {
    call.end();
  }
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

async function reportResponse(
  observer: ProviderObserver,
  response: ChatResponse,
  exchange: AnthropicExchange | null,
): Promise<ChatResponse> {
  const content = response.content === null ? null : toStorable(response.content);
  const calls = toolCallsOf(response.tool_calls, observer, exchange);
  for (const thinking of thinkingOf(response, exchange))
    observer.onThinking(storableThinking(thinking));
  if (content) observer.onText(content);
  if (calls === undefined) return { ...response, content };
  return { ...response, content, tool_calls: [...(await observer.onToolCalls(calls))] };
}

/** Core joins the thinking of a response to one text, with the last one of its signatures. */
function thinkingOf(response: ChatResponse, exchange: AnthropicExchange | null) {
  const blocks = (exchange?.thinking ?? []).filter((block) => block.type === "thinking");
  if (blocks.length > 1)
    return blocks.map(({ thinking, signature }) => ({ text: thinking, signature }));
  const thinking =
    response.thinking ?? (response.reasoning ? { text: response.reasoning } : undefined);
  return thinking === undefined ? [] : [thinking];
}

function toolCallsOf(
  calls: readonly ToolCall[] | undefined,
  observer: ProviderObserver,
  exchange: AnthropicExchange | null,
): ToolCall[] | undefined {
  const unique = uniqueToolCalls(calls, observer.toolCallIds);
  const [first, ...others] = unique ?? [];
  if (first === undefined) return undefined;
  return [carryThinking(first, exchange?.thinking ?? []), ...others];
}

async function* stream(
  provider: Provider,
  observer: ProviderObserver,
  request: ChatRequest,
): AsyncGenerator<ChatChunk, void, undefined> {
  observer.signal.throwIfAborted();
  const stalled = new AbortController();
  const exchange = exchangeOf(provider, request);
  const call = new ProviderCall(AbortSignal.any([observer.signal, stalled.signal]), {
    exchange,
    makesOneRequest: makesOneRequest(provider),
    gathers: observer.mergesText ?? false,
  });
  const record = startRecord(provider, request.model, observer, call);
  let usage: Usage | undefined;
  let toolCalls: readonly ToolCall[] = [];
  let text: string[] | null = null;
  const texts = new StreamedText();
  try {
    for await (const chunk of pull(provider, request, call, stalled, observer.idleTimeout)) {
      if (isPlainText(chunk)) {
        const content = texts.content.push(chunk.content);
        if (content === "") continue;
        observer.onText(content, call.waitedMs);
        if (text === null) yield { content };
        else text.push(content);
        if (observer.mergesText === true) text ??= [];
        if (text?.length === mostPieces) yield { content: text.splice(0).join("") };
        continue;
      }
      if (text !== null && text.length > 0) yield { content: text.splice(0).join("") };
      usage = mergeUsage(usage, chunk.usage);
      const { usage: _usage, tool_calls: calls = [], ...rest } = chunk;
      toolCalls = addToolCalls(toolCalls, calls);
      for (const reported of report(observer, rest, texts)) yield reported;
    }
    // OpenAI's stream ends normally when it is aborted.
    call.signal.throwIfAborted();
    if (call.isComplete === false) throw incomplete();
    if (text !== null && text.length > 0) yield { content: text.join("") };
    yield* report(observer, texts.end(), texts);
    await record.end(usage);
    // Core's Anthropic stream waits for the stop reason `end_turn`, where Anthropic says `tool_use`.
    if (toolCalls.length === 0) toolCalls = exchange?.toolCalls ?? [];
    yield* reportToolCalls(observer, toolCalls, exchange);
    if (usage !== undefined) yield { content: "", usage };
  } catch (error) {
    const reason: unknown = call.signal.aborted ? abortReason(call.signal) : error;
    await record.fail(reason, usage);
    throw reason;
  } finally {
    call.end();
    // Does nothing when the call has been recorded: otherwise the reader left the loop.
    await record.fail(abortError(), usage);
  }
}

/** Bedrock's calls come one by one, and core keeps those of the last chunk alone; others repeat what they have sent. */
function addToolCalls(known: readonly ToolCall[], next: readonly ToolCall[]): readonly ToolCall[] {
  if (next.length === 0) return known;
  const ids = new Set(next.map((call) => call.id));
  return [...known.filter((call) => !call.id || !ids.has(call.id)), ...next];
}

function responseChunks(response: ChatResponse): ChatChunk[] {
  const { content, thinking, reasoning } = response;
  const chunks: ChatChunk[] = [];
  if (thinking !== undefined) chunks.push({ content: "", thinking });
  else if (reasoning) chunks.push({ content: "", reasoning });
  if (content) chunks.push({ content });
  return chunks;
}

/** Tool calls are reported by themselves, when all of them are there. */
async function* reportToolCalls(
  observer: ProviderObserver,
  given: readonly ToolCall[] | undefined,
  exchange: AnthropicExchange | null,
): AsyncGenerator<ChatChunk, void, undefined> {
  const calls = toolCallsOf(given, observer, exchange);
  if (calls === undefined) return;
  const runnable = await observer.onToolCalls(calls);
  if (runnable.length > 0) yield { content: "", tool_calls: [...runnable] };
}

function* report(
  observer: ProviderObserver,
  chunk: Omit<ChatChunk, "tool_calls">,
  texts: StreamedText,
): Generator<ChatChunk, void, undefined> {
  const { thinking, reasoning, content, ...rest } = texts.push(chunk);
  if (thinking !== undefined) observer.onThinking(thinking);
  else if (reasoning) observer.onThinking({ text: reasoning });
  if (content) observer.onText(content);
  // Core yields a chunk once for its content and once more for its thinking: hand them over one by one.
  if (thinking !== undefined) yield { content: "", thinking };
  else if (reasoning) yield { content: "", reasoning };
  const hasRest = Object.values(rest).some((value) => value !== undefined);
  if (content || hasRest) yield { ...rest, content };
}

/** So many pieces go over to core as one. */
const mostPieces = 256;

/** Most chunks are nothing but text: there is nothing to take out of them. */
function isPlainText(chunk: ChatChunk): boolean {
  return (
    chunk.content !== "" &&
    chunk.thinking === undefined &&
    chunk.reasoning === undefined &&
    chunk.tool_calls === undefined &&
    chunk.usage === undefined &&
    chunk.done === undefined &&
    chunk.finish_reason === undefined
  );
}

/** Reads the provider's stream; each wait ends when the turn is aborted or the stream stalls. */
async function* pull(
  provider: Provider,
  request: ChatRequest,
  call: ProviderCall,
  stalled: AbortController,
  idleTimeout: number,
): AsyncGenerator<ChatChunk, void, undefined> {
  const source = call.run(() => provider.stream?.(withSignal(request, call.signal)));
  if (source === undefined) return;
  const iterator = call.run(() => source[Symbol.asyncIterator]());
  const waiter = new Waiter(call.signal);
  let isWaiting = true;
  const timer = setTimeout(() => {
    if (isWaiting) stalled.abort(stall(idleTimeout));
  }, idleTimeout);
  let isDone = false;
  try {
    for (;;) {
      isWaiting = true;
      timer.refresh();
      const next = await waiter.wait(call.run(() => iterator.next()));
      isWaiting = false;
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
    clearTimeout(timer);
    waiter.end();
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

/** The requests of one turn as the provider takes them. */
function createPreparation(provider: Provider): (request: ChatRequest) => ChatRequest {
  // Core leaves both out when it calls again after tools.
  let thinking: ThinkingConfig | undefined;
  let headers: Record<string, string> | undefined;
  return (request) => {
    thinking = request.thinking ?? thinking;
    headers = { ...request.headers, ...headers };
    const { tools, max_tokens: maxTokens, ...rest } = request;
    const budget = takesBudget.has(provider.id.toLowerCase()) ? (thinking?.budget ?? 0) : 0;
    return {
      ...rest,
      headers,
      messages: toWireMessages(request.messages, provider.id),
      ...(thinking === undefined ? {} : { thinking }),
      // An empty list of tools is refused.
      ...(tools === undefined || tools.length === 0 ? {} : { tools }),
      // The budget counts towards the limit: a limit below it is refused.
      ...(maxTokens === undefined
        ? {}
        : { max_tokens: maxTokens <= budget ? budget + maxTokens : maxTokens }),
    };
  };
}

/** The providers to which core sends the thinking budget. */
const takesBudget: ReadonlySet<string> = new Set(["anthropic", "bedrock"]);

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

function stall(idleTimeout: number): ChatError {
  return new ChatError(
    "STREAM_STALLED",
    `The model sent nothing for ${idleTimeout / 1000} s, and the request was ended. Try again.`,
  );
}

function incomplete(): ChatError {
  return new ChatError(
    "STREAM_INCOMPLETE",
    "The connection to the model ended before the answer was complete. Try again.",
  );
}
