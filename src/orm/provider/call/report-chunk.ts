import { randomUUID } from "node:crypto";
import type { ChatChunk, ToolCall } from "@node-llm/core";
import { toStorable } from "../../database/storable-text.ts";
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

/**
 * The call with an id that no other call of the message has: some providers count from 0 in each response, and some
 * send no id at all, so results could be confused. Arguments become JSON text, because some providers send an empty
 * text for none, or a parsed object.
 */
function uniqueToolCall(call: ToolCall, taken: Set<string>): ToolCall {
  const base =
    call.id === "" || call.id === undefined
      ? `call_${randomUUID().replaceAll("-", "")}`
      : toStorable(call.id);
  let id = base;
  for (let count = 2; taken.has(id); count++) id = `${base}_${count}`;
  taken.add(id);
  const args = argumentsText(call.function.arguments);
  const name = toStorable(call.function.name);
  const isSame = id === call.id && args === call.function.arguments;
  if (isSame && name === call.function.name) return call;
  return { ...call, id, function: { ...call.function, name, arguments: args } };
}

/** @param args text by its type, but not always in fact. */
function argumentsText(args: unknown): string {
  if (typeof args !== "string") return JSON.stringify(args ?? {});
  return args.trim() === "" ? "{}" : toStorable(args);
}
