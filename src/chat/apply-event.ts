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
 *
 * @param fold the fold of the message, which moves on with it; made from the message when it is left out.
 */
export function applyEvent(
  message: ChatMessage,
  event: ChatEvent,
  fold: AnswerFold = createFold(message),
): ChatMessage {
  if (event.type === "done") return event.message;
  if (event.type === "snapshot") return isOlder(event.message, message) ? message : event.message;
  if (!isInProgress(message.status)) return message;
  if (event.type === "object") return { ...message, object: event.object };
  const { type } = event;
  if (!foldEvent(fold, event)) return message;
  const next = { ...message, status: fold.status, parts: fold.view(message.parts) };
  if (type === "tool") next.toolCalls = [...fold.toolCalls.values()];
  if ("text" in event) {
    const known = textOf(message, event.type);
    next[type === "text" ? "content" : "thinking"] = known + newText(event, known.length);
  }
  return next;
}

/** The fold of a message, for a reader that applies many events to it. */
export function createFold(message: ChatMessage): AnswerFold {
  return new AnswerFold(createRope, message);
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
  /** Made for an answer with tool calls alone: a page compares once a frame. */
  let fold: AnswerFold | undefined;
  return (
    !isInProgress(message.status) ||
    isShorter("text") ||
    isShorter("thinking") ||
    message.toolCalls.some((call) => (fold ??= createFold(snapshot)).setToolCall(call))
  );
}

function textOf(message: ChatMessage, type: TextKind): string {
  return (type === "text" ? message.content : message.thinking) ?? "";
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
