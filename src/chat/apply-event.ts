import type { GrowingText } from "./answer-fold.ts";
import { AnswerFold, foldEvent, joinText } from "./answer-fold.ts";
import type { ChatEvent } from "./chat-event.ts";
import type { ChatMessage } from "./chat-message.ts";
import { isInProgress } from "./chat-message.ts";

/**
 * Applies an event of `stream` to a message: `AnswerFold` as a pure function. Text events that follow each other are cheaper
 * joined first.
 *
 * Returns the same object when the event changes nothing: text that is already there, text after a gap, a snapshot that
 * is older than the message, or any event but `done` after the end. After a gap, fetch a snapshot (`hasGap`).
 */
export function applyEvent(message: ChatMessage, event: ChatEvent): ChatMessage {
  if (event.type === "done") return event.message;
  if (event.type === "snapshot") return isOlder(event.message, message) ? message : event.message;
  if (!isInProgress(message.status)) return message;
  if (event.type === "object") return { ...message, object: event.object };
  const fold = createFold(message);
  if (!foldEvent(fold, event)) return message;
  return {
    ...message,
    status: fold.status,
    parts: fold.view(message.parts),
    content: joinText(fold.parts, "text"),
    thinking: joinText(fold.parts, "thinking") || null,
    toolCalls: event.type === "tool" ? [...fold.toolCalls.values()] : message.toolCalls,
  };
}

function createFold(message: ChatMessage): AnswerFold {
  return new AnswerFold(createRope, message);
}

/** Whether text was missed before this event: it begins after the end of the message's text. */
export function hasGap(message: ChatMessage, event: ChatEvent): boolean {
  return (
    "at" in event &&
    isInProgress(message.status) &&
    event.at > createFold(message).lengths[event.type]
  );
}

/** Whether a snapshot lacks text, a tool call or a decision that the message has. */
function isOlder(snapshot: ChatMessage, message: ChatMessage): boolean {
  if (snapshot.id !== message.id || !isInProgress(snapshot.status)) return false;
  const { lengths } = createFold(message);
  const fold = createFold(snapshot);
  return (
    !isInProgress(message.status) ||
    fold.lengths.text < lengths.text ||
    fold.lengths.thinking < lengths.thinking ||
    message.toolCalls.some((call) => fold.setToolCall(call))
  );
}

/** A plain string. Appending is cheap until the text is read, which a page does once per frame. */
function createRope(): GrowingText {
  let whole = "";
  return {
    append: (text) => {
      whole += text;
    },
    toString: () => whole,
  };
}
