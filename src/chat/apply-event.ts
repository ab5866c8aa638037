import type { ChatEvent } from "./chat-event.ts";
import type { ChatMessage, ChatToolCall, MessagePart } from "./chat-message.ts";
import { isInProgress } from "./chat-message.ts";

type TextType = "text" | "thinking";

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
      const known = textOf(message, type);
      const text = at > known.length ? "" : event.text.slice(known.length - at);
      if (text === "" || !isInProgress(message.status)) return message;
      return {
        ...message,
        status: "streaming",
        [type === "text" ? "content" : type]: known + text,
        parts: appendText(message.parts, type, text),
      };
    }
    case "tool":
      return isInProgress(message.status) ? withToolCall(message, event.toolCall) : message;
  }
}

/** True when the event's text starts behind what the message has: something in between was missed. */
export function hasGap(message: ChatMessage, event: ChatEvent): boolean {
  return (
    "at" in event && isInProgress(message.status) && event.at > textOf(message, event.type).length
  );
}

function isBehind(next: ChatMessage, current: ChatMessage): boolean {
  if (next.id !== current.id || !isInProgress(next.status)) return false;
  if (!isInProgress(current.status)) return true;
  const isShorter = (type: TextType): boolean =>
    textOf(next, type).length < textOf(current, type).length;
  return (
    isShorter("text") ||
    isShorter("thinking") ||
    current.toolCalls.some((call, index) => isCallBehind(next.toolCalls[index], call))
  );
}

/** True for a call that is missing, has no result yet, or waits for an approval that has been given. */
function isCallBehind(next: ChatToolCall | undefined, current: ChatToolCall): boolean {
  return (
    !next ||
    (next.result === null && current.result !== null) ||
    (next.status === "awaiting_approval" && current.status !== "awaiting_approval")
  );
}

function textOf(message: ChatMessage, type: TextType): string {
  return (type === "text" ? message.content : message.thinking) ?? "";
}

function appendText(
  parts: readonly MessagePart[],
  type: TextType,
  text: string,
): readonly MessagePart[] {
  const last = parts.at(-1);
  if (last?.type === type) return [...parts.slice(0, -1), { type, text: last.text + text }];
  return [...parts, { type, text }];
}

function withToolCall(message: ChatMessage, toolCall: ChatToolCall): ChatMessage {
  const { toolCallId, result, status } = toolCall;
  const { toolCalls, parts } = message;
  const index = toolCalls.findIndex((call) => call.toolCallId === toolCallId);
  const known = toolCalls[index];
  const isKnown = known?.status === status && known.result === result;
  if (isKnown || (known && known.result !== null && result === null)) return message;
  return {
    ...message,
    status: status === "awaiting_approval" ? status : "streaming",
    toolCalls: known ? toolCalls.with(index, toolCall) : [...toolCalls, toolCall],
    parts: known ? parts : [...parts, { type: "tool", toolCallId }],
  };
}
