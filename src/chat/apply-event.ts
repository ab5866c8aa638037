import type { GrowingText, TextKind } from "./answer-fold.ts";
import { AnswerFold, receive } from "./answer-fold.ts";
import type { ChatEvent } from "./chat-event.ts";
import type { ChatMessage } from "./chat-message.ts";
import { isInProgress } from "./chat-message.ts";

/**
 * The immutable view of an answer's fold: the message after the event.
 *
 * Returns the same object when the event changes nothing: text that is already there, text after a gap (ask for a
 * snapshot), or any event but `done` after the end. A snapshot that knows less takes no text away.
 */
export function applyEvent(message: ChatMessage, event: ChatEvent): ChatMessage {
  if (event.type === "done") return event.message;
  if (event.type === "snapshot") return isOlder(event.message, message) ? message : event.message;
  if (!isInProgress(message.status)) return message;
  const fold = new AnswerFold(createRope, message);
  if (!receive(fold, event)) return message;
  const { status, toolCalls } = fold;
  const grown = { ...message, status, parts: fold.view(message.parts) };
  if (event.type === "tool") return { ...grown, toolCalls: [...toolCalls.values()] };
  const known = textOf(message, event.type);
  const text = known + event.text.slice(known.length - event.at);
  return { ...grown, [event.type === "text" ? "content" : "thinking"]: text };
}

/** True when the event's text begins after the end of what the message has: something in between was missed. */
export function hasGap(message: ChatMessage, event: ChatEvent): boolean {
  return (
    "at" in event && isInProgress(message.status) && event.at > textOf(message, event.type).length
  );
}

/** True when a snapshot lacks text, a call or a decision that the message has. */
function isOlder(next: ChatMessage, current: ChatMessage): boolean {
  if (next.id !== current.id || !isInProgress(next.status)) return false;
  const isShorter = (type: TextKind): boolean =>
    textOf(next, type).length < textOf(current, type).length;
  const known = new AnswerFold(createRope, next);
  return (
    !isInProgress(current.status) ||
    isShorter("text") ||
    isShorter("thinking") ||
    current.toolCalls.some((call) => known.setToolCall(call) !== null)
  );
}

function textOf(message: ChatMessage, type: TextKind): string {
  return (type === "text" ? message.content : message.thinking) ?? "";
}

/** A string: joining is cheap until somebody reads it, which the page does once a frame. */
function createRope(): GrowingText {
  let whole = "";
  return {
    get length() {
      return whole.length;
    },
    append: (text) => {
      whole += text;
    },
    slice: (start) => whole.slice(start),
    toString: () => whole,
  };
}
