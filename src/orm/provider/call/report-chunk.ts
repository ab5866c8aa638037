import type { ChatChunk, ToolCall } from "@node-llm/core";
import { uniqueToolCall } from "../../messages/unique-tool-call.ts";
import type { AnswerObserver } from "./call-observer.ts";
import type { StreamedText } from "./streamed-text.ts";

/** Reports a chunk to the observer and yields it for core. */
export function* reportChunk(
  observer: AnswerObserver,
  chunk: Omit<ChatChunk, "tool_calls">,
  texts: StreamedText,
): Generator<ChatChunk, void, undefined> {
  const { thinking, reasoning, content, ...rest } = texts.push(chunk);
  if (thinking !== undefined) observer.onThinking(thinking);
  else if (reasoning) observer.onThinking({ text: reasoning });
  if (content) observer.onText(content);
  // Core would yield a chunk with both twice, once for its content and once for its thinking.
  if (thinking !== undefined) yield { content: "", thinking };
  else if (reasoning) yield { content: "", reasoning };
  const hasRest = Object.values(rest).some((value) => value !== undefined);
  if (content || hasRest) yield { ...rest, content };
}

/** Reports the tool calls of a whole response, and yields those that core should run in a chunk of their own. */
export async function* reportToolCalls(
  observer: AnswerObserver,
  given: readonly ToolCall[] | undefined,
): AsyncGenerator<ChatChunk, void, undefined> {
  const calls = toolCallsOf(given, observer);
  if (calls === undefined) return;
  const runnable = await observer.onToolCalls(calls);
  if (runnable.length > 0) yield { content: "", tool_calls: [...runnable] };
}

/** The tool calls of a response with unique ids. Undefined for none. */
export function toolCallsOf(
  calls: readonly ToolCall[] | undefined,
  observer: AnswerObserver,
): ToolCall[] | undefined {
  if (calls === undefined || calls.length === 0) return undefined;
  return calls.map((call) => uniqueToolCall(call, observer.toolCallIds));
}
