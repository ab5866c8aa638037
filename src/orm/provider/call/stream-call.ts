import type { ChatChunk, ChatRequest, Provider, ToolCall, Usage } from "@node-llm/core";
import { ChatError } from "../../../chat/chat-error.ts";
import { abortError, abortReason, Waiter } from "../../../shared/abortable.ts";
import type { AnswerObserver } from "./call-observer.ts";
import { openCall } from "./open-call.ts";
import { withSignal } from "../prepare-request.ts";
import { reportChunk, reportToolCalls } from "./report-chunk.ts";
import { StreamedText } from "./streamed-text.ts";
import type { ProviderCall } from "./provider-call.ts";

/** Core gets at most this many pieces of text as one chunk. */
const maxPieces = 256;

/** Calls the provider's `stream`. */
export async function* streamCall(
  provider: Provider,
  observer: AnswerObserver,
  request: ChatRequest,
): AsyncGenerator<ChatChunk, void, undefined> {
  observer.signal.throwIfAborted();
  const stalled = new AbortController();
  const { call, exchange, record } = openCall(provider, observer, request, {
    signal: AbortSignal.any([observer.signal, stalled.signal]),
    gathers: observer.mergesText ?? false,
  });
  let usage: Usage | undefined;
  let toolCalls: readonly ToolCall[] = [];
  let text: string[] | null = null;
  const texts = new StreamedText();
  try {
    for await (const chunk of pullChunks(provider, request, call, stalled, observer.idleTimeout)) {
      if (isPlainText(chunk)) {
        const content = texts.content.push(chunk.content);
        if (content === "") continue;
        observer.onText(content, call.waitedMs);
        if (text === null) yield { content };
        else text.push(content);
        if (observer.mergesText === true) text ??= [];
        if (text?.length === maxPieces) yield { content: text.splice(0).join("") };
        continue;
      }
      if (text !== null && text.length > 0) yield { content: text.splice(0).join("") };
      usage = mergeUsage(usage, chunk.usage);
      const { usage: _usage, tool_calls: calls = [], ...rest } = chunk;
      toolCalls = addToolCalls(toolCalls, calls);
      for (const reported of reportChunk(observer, rest, texts)) yield reported;
    }
    // Core's OpenAI stream ends without an error when it is aborted.
    call.signal.throwIfAborted();
    if (call.isComplete === false) throw incompleteError();
    if (text !== null && text.length > 0) yield { content: text.join("") };
    yield* reportChunk(observer, texts.end(), texts);
    await record.end(usage);
    // Core's Anthropic stream waits for the stop reason `end_turn` where Anthropic sends `tool_use`.
    if (toolCalls.length === 0) toolCalls = exchange?.toolCalls ?? [];
    yield* reportToolCalls(observer, toolCalls, exchange);
    if (usage !== undefined) yield { content: "", usage };
  } catch (error) {
    const reason: unknown = call.signal.aborted ? abortReason(call.signal) : error;
    await record.fail(reason, usage);
    throw reason;
  } finally {
    call.end();
    // Has no effect on a call that has been recorded. For any other, the reader has left the loop.
    await record.fail(abortError(), usage);
  }
}

/** Reads the provider's stream until it ends, the call is aborted or no chunk has come for `idleTimeout` ms. */
async function* pullChunks(
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
    if (isWaiting) stalled.abort(stalledError(idleTimeout));
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
    // Unless the call was aborted, the provider has failed and ended its request.
    isDone = !call.signal.aborted;
    throw error;
  } finally {
    clearTimeout(timer);
    waiter.end();
    if (!isDone) {
      if (!call.signal.aborted) stalled.abort(abortError());
      // Not awaited, because a generator that waits for its API returns only when that responds.
      call.run(() => iterator.return?.(undefined))?.catch(() => undefined);
    }
  }
}

/** Most chunks hold only text, which takes a short cut. */
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

/** Core's Bedrock stream has each call in one chunk only; other streams repeat earlier calls in later chunks. */
function addToolCalls(known: readonly ToolCall[], next: readonly ToolCall[]): readonly ToolCall[] {
  if (next.length === 0) return known;
  const ids = new Set(next.map((call) => call.id));
  return [...known.filter((call) => !call.id || !ids.has(call.id)), ...next];
}

/** Some providers report usage several times, each time with the totals they know so far and 0 for the others. */
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

function stalledError(idleTimeout: number): ChatError {
  return new ChatError(
    "STREAM_STALLED",
    `The model sent nothing for ${idleTimeout / 1000} s, so the request was ended. Try again.`,
  );
}

function incompleteError(): ChatError {
  return new ChatError(
    "STREAM_INCOMPLETE",
    "The connection to the model ended before the answer was complete. Try again.",
  );
}
