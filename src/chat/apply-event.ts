import type { GrowingText, TextKind } from "./answer-fold.ts";
import { AnswerFold, foldEvent, newText } from "./answer-fold.ts";
import type { ChatEvent } from "./chat-event.ts";
import type { ChatMessage } from "./chat-message.ts";
import { isInProgress } from "./chat-message.ts";

/**
 * Applies an event of `stream` to a message: `AnswerFold` as a pure function.
 *
 * Returns the same object when the event changes nothing: text that is already there, text after a gap, a snapshot that
 * is older than the message, or any event but `done` after the end. After a gap, fetch a snapshot (`hasGap`).
 */
export function applyEvent(message: ChatMessage, event: ChatEvent): ChatMessage {
  if (event.type === "done") return event.message;
  if (event.type === "snapshot") return isOlder(event.message, message) ? message : event.message;
  if (!isInProgress(message.status)) return message;
  const fold = new AnswerFold(createRope, message);
  if (!foldEvent(fold, event)) return message;
  const { status, toolCalls } = fold;
  const grown = { ...message, status, parts: fold.view(message.parts) };
  if (event.type === "tool") return { ...grown, toolCalls: [...toolCalls.values()] };
  const known = textOf(message, event.type);
  const text = known + newText(event, known.length);
  return { ...grown, [event.type === "text" ? "content" : "thinking"]: text };
}

/** Whether text was missed before this event: it begins after the end of the message's text. */
export function hasGap(message: ChatMessage, event: ChatEvent): boolean {
  return (
    "at" in event && isInProgress(message.status) && event.at > textOf(message, event.type).length
  );
}

/** Whether a snapshot lacks text, a tool call or a decision that the message has. */
function isOlder(snapshot: ChatMessage, message: ChatMessage): boolean {
  if (snapshot.id !== message.id || !isInProgress(snapshot.status)) return false;
  const isShorter = (type: TextKind): boolean =>
    textOf(snapshot, type).length < textOf(message, type).length;
  const fold = new AnswerFold(createRope, snapshot);
  return (
    !isInProgress(message.status) ||
    isShorter("text") ||
    isShorter("thinking") ||
    message.toolCalls.some((call) => fold.setToolCall(call) !== null)
  );
}

function textOf(message: ChatMessage, type: TextKind): string {
  return (type === "text" ? message.content : message.thinking) ?? "";
}

/** A plain string. Appending is cheap until the text is read, which a page does once per frame. */
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
