import type { ChatChunk, ChatRequest, Provider, ToolCall, Usage } from "@node-llm/core";
import { ChatError } from "../../chat/chat-error.ts";
import { abortError, abortReason } from "../../shared/abortable.ts";
import { mergeUsage } from "./merge-usage.ts";
import { openCall } from "./open-call.ts";
import type { ProviderObserver } from "./provider-observer.ts";
import { pullChunks } from "./pull-chunks.ts";
import { reportChunk } from "./report-chunk.ts";
import { reportToolCalls } from "./report-tool-calls.ts";
import { StreamedText } from "./streamed-text.ts";

/** One call of the provider, as a stream. */
export async function* streamCall(
  provider: Provider,
  observer: ProviderObserver,
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
        if (text?.length === mostPieces) yield { content: text.splice(0).join("") };
        continue;
      }
      if (text !== null && text.length > 0) yield { content: text.splice(0).join("") };
      usage = mergeUsage(usage, chunk.usage);
      const { usage: _usage, tool_calls: calls = [], ...rest } = chunk;
      toolCalls = addToolCalls(toolCalls, calls);
      for (const reported of reportChunk(observer, rest, texts)) yield reported;
    }
    // OpenAI's stream ends normally when it is aborted.
    call.signal.throwIfAborted();
    if (call.isComplete === false) throw incomplete();
    if (text !== null && text.length > 0) yield { content: text.join("") };
    yield* reportChunk(observer, texts.end(), texts);
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

function incomplete(): ChatError {
  return new ChatError(
    "STREAM_INCOMPLETE",
    "The connection to the model ended before the answer was complete. Try again.",
  );
}
