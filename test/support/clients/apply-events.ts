import { applyEvent } from "../../../src/chat/apply-event.ts";
import type { ChatEvent } from "../../../src/chat/chat-event.ts";
import type { ChatMessage } from "../../../src/chat/chat-message.ts";

/** Applies events to a message, in order. */
export function applyEvents(message: ChatMessage, events: readonly ChatEvent[]): ChatMessage {
  return events.reduce((current, event) => applyEvent(current, event), message);
}
