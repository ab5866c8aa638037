import type { ChatChunk, ChatRequest, Provider, ToolCall, Usage } from "@node-llm/core";
import { abortError, abortReason } from "../../../shared/abortable.ts";
import { onAbort } from "../../../shared/on-abort.ts";
import { TextLog } from "../../../shared/text-log.ts";
import type { AnswerObserver } from "./call-observer.ts";
import { ChunkSource } from "./chunk-source.ts";
import { incompleteError, openCall, stalledError } from "./open-call.ts";
import { reportChunk, reportToolCalls } from "./report-chunk.ts";
import { requireAnswer } from "./require-answer.ts";
import { StreamedText } from "./streamed-text.ts";
import { WrittenCalls } from "../written-calls.ts";
import { toFinishReason } from "../wire/finish-words.ts";
import type { ProviderCall } from "./provider-call.ts";
import { toCoreUsage } from "../wire/wire-usage.ts";

/** Calls the provider's `stream`. */
export async function* streamCall(
  provider: Provider,
  observer: AnswerObserver,
  request: ChatRequest,
): AsyncGenerator<ChatChunk, void, undefined> {
  const { idleTimeout } = observer;
  observer.signal.throwIfAborted();
  const leaving = new AbortController();
  const removeListener = onAbort(observer.signal, () => leaving.abort(observer.signal.reason));
  const { call, record } = openCall(provider, observer, request, {
    signal: leaving.signal,
    method: "stream",
    gathers: observer.mergesText ?? false,
    idleTimeout,
  });
  const source = new ChunkSource(provider, request, call, {
    idleTimeout,
    onIdle: () => leaving.abort(stalledError(idleTimeout)),
  });
  const written = new WrittenCalls(observer.toolCallIds, (piece) => observer.onWritten(piece));
  const seen = new SeenChunks(written);
  const merged = observer.mergesText === true ? new MergedText() : null;
  const texts = new StreamedText();
  const usage = (): Usage | undefined => usageOf(call, seen, request, provider);
  try {
    for (let chunks = await source.next(); chunks !== null; chunks = await source.next()) {
      for (const chunk of chunks) {
        if (chunk.written !== undefined) {
          written.report(chunk.written, chunk.text);
          continue;
        }
        if (isPlainText(chunk)) {
          const content = texts.content.push(chunk.content);
          if (content === "") continue;
          seen.hasText ||= content.trim() !== "";
          observer.onText(content, call.stream?.waitedMs ?? 0);
          if (merged === null) yield { content };
          else yield* merged.append(content);
          continue;
        }
        if (merged !== null) yield* merged.rest();
        yield* reportChunk(observer, seen.take(chunk), texts);
      }
    }
    // Core's OpenAI stream ends without an error when it is aborted.
    call.signal.throwIfAborted();
    const { answer } = call;
    if (answer?.error != null) throw answer.error;
    if (answer !== null && !answer.isFinished) throw incompleteError();
    if (merged !== null) yield* merged.rest();
    yield* reportChunk(observer, texts.end(), texts);
    const calls = call.stream === null ? seen.toolCalls : (answer?.toolCalls ?? []);
    const finishReason = toFinishReason(seen.finishWord) ?? answer?.finishReason ?? null;
    observer.onFinish(finishReason);
    const reasoningTokens = answer?.usage?.reasoningTokens ?? null;
    if (call.stream !== null && reasoningTokens !== null)
      observer.onThinking({ tokens: reasoningTokens });
    requireAnswer(
      {
        hasText: seen.hasText,
        hasThinking: seen.hasThinking,
        hasToolCalls: calls.length > 0,
        finishReason,
      },
      observer.hasToolResults(),
    );
    await record.end(usage());
    yield* reportToolCalls(observer, calls);
    const reported = usage();
    if (reported !== undefined) yield { content: "", usage: reported };
  } catch (error) {
    const reason: unknown = call.signal.aborted ? abortReason(call.signal) : error;
    await record.fail(reason, usage());
    throw reason;
  } finally {
    removeListener();
    if (!source.isDone) leaving.abort(abortError());
    source.close();
    call.end();
    // Has no effect on a call that has been recorded. For any other, the reader has left the loop.
    await record.fail(abortError(), usage());
  }
}

/** Text that core gets in few chunks. The first one is passed on at once, because core tells the app of it. */
class MergedText {
  readonly #text = new TextLog();
  #passed = 0;

  append(text: string): readonly ChatChunk[] {
    this.#text.append(text);
    return this.#passed === 0 ? this.rest() : [];
  }

  /** What core does not have. */
  rest(): readonly ChatChunk[] {
    const content = this.#text.slice(this.#passed);
    this.#passed = this.#text.length;
    return content === "" ? [] : [{ content }];
  }
}

/** What a stream has brought besides its plain text. */
class SeenChunks {
  hasText = false;
  hasThinking = false;
  finishWord: unknown = null;
  usage: Usage | undefined;
  toolCalls: readonly ToolCall[] = [];
  readonly #written: WrittenCalls;

  constructor(written: WrittenCalls) {
    this.#written = written;
  }

  /** @returns what is left of the chunk for core. */
  take(chunk: ChatChunk): Omit<ChatChunk, "tool_calls" | "usage"> {
    const { usage, tool_calls: calls = [], ...rest } = chunk;
    this.usage = mergeUsage(this.usage, usage);
    this.#written.reportGrowing(this.toolCalls, calls);
    this.toolCalls = addToolCalls(this.toolCalls, calls);
    this.hasText ||= chunk.content.trim() !== "";
    this.hasThinking ||= Boolean(chunk.thinking?.text) || Boolean(chunk.reasoning);
    if (chunk.finish_reason) this.finishWord = chunk.finish_reason;
    return rest;
  }
}

/** What this package has read counts more than what a provider's own code reports, except for its cost. */
function usageOf(
  { answer, stream }: ProviderCall,
  { usage }: SeenChunks,
  { model }: ChatRequest,
  { id }: Provider,
): Usage | undefined {
  const read = answer?.usage == null ? undefined : toCoreUsage(answer.usage, model, id);
  return stream === null ? (usage ?? read) : read;
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

/** Some providers have each call in one chunk only; others repeat earlier calls in later chunks. */
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
