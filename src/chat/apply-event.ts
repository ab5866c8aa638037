import type { ChatEvent } from "./chat-event.ts";
import type { ChatMessage, ChatToolCall, MessagePart } from "./chat-message.ts";
import { isInProgress } from "./chat-message.ts";

/**
 * The one fold of an answer: what is persisted, what is rendered and what the tests expect.
 *
 * Returns the same object when the event changes nothing: a text that is already there, a text that
 * starts behind the end (a gap: ask for a snapshot), or any event but `done` after the end. A
 * snapshot that knows less than the state does not take text away.
 */
export function applyEvent(message: ChatMessage, event: ChatEvent): ChatMessage {
  switch (event.type) {
    case "done":
      return event.message;
    case "snapshot":
      return isBehind(event.message, message) ? message : event.message;
    case "text":
    case "thinking": {
      const { type, at } = event;
      const field = type === "text" ? "content" : "thinking";
      const text = unseen(lengthOf(message, type), at, event.text);
      if (text === "" || !isInProgress(message.status)) return message;
      return {
        ...message,
        status: "streaming",
        [field]: (message[field] ?? "") + text,
        parts: appendText(message.parts, type, text),
      };
    }
    case "tool":
      return isInProgress(message.status) ? withToolCall(message, event.toolCall) : message;
  }
}

/** True when the event's text starts behind what the message has: something in between was missed. */
export function hasGap(message: ChatMessage, event: ChatEvent): boolean {
  if (event.type !== "text" && event.type !== "thinking") return false;
  return isInProgress(message.status) && event.at > lengthOf(message, event.type);
}

function isBehind(next: ChatMessage, current: ChatMessage): boolean {
  if (next.id !== current.id || !isInProgress(next.status)) return false;
  if (!isInProgress(current.status)) return true;
  return (
    lengthOf(next, "text") < lengthOf(current, "text") ||
    lengthOf(next, "thinking") < lengthOf(current, "thinking") ||
    current.toolCalls.some((call, index) => isCallBehind(next.toolCalls[index], call))
  );
}

/** True for a call that is missing, has no result yet, or waits for an approval that has been given. */
function isCallBehind(next: ChatToolCall | undefined, current: ChatToolCall): boolean {
  if (next === undefined || (next.result === null && current.result !== null)) return true;
  return next.status === "awaiting_approval" && current.status !== "awaiting_approval";
}

function lengthOf(message: ChatMessage, type: "text" | "thinking"): number {
  return ((type === "text" ? message.content : message.thinking) ?? "").length;
}

function unseen(length: number, at: number, text: string): string {
  if (at > length) return "";
  return text.slice(length - at);
}

function appendText(
  parts: readonly MessagePart[],
  type: "text" | "thinking",
  text: string,
): readonly MessagePart[] {
  const last = parts.at(-1);
  if (last?.type === type) return [...parts.slice(0, -1), { type, text: last.text + text }];
  return [...parts, { type, text }];
}

function withToolCall(message: ChatMessage, toolCall: ChatToolCall): ChatMessage {
  const index = message.toolCalls.findIndex((call) => call.toolCallId === toolCall.toolCallId);
  const status = toolCall.status === "awaiting_approval" ? "awaiting_approval" : "streaming";
  const known = message.toolCalls[index];
  if (known === undefined) {
    return {
      ...message,
      status,
      toolCalls: [...message.toolCalls, toolCall],
      parts: [...message.parts, { type: "tool", toolCallId: toolCall.toolCallId }],
    };
  }
  if (known.result !== null && toolCall.result === null) return message;
  if (known.status === toolCall.status && known.result === toolCall.result) return message;
  return { ...message, status, toolCalls: message.toolCalls.with(index, toolCall) };
}
