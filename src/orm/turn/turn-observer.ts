import type { ChatMessage, ChatToolCall } from "../../chat/chat-message.ts";
import type { RequestOutcome } from "../messages/record-request.ts";

/** Is told what a turn produces, as it is produced. A `Answer` is one. */
export interface TurnObserver {
  /** @param waitedMs for how long the text has been gathered. */
  append(type: "text" | "thinking", text: string, waitedMs?: number): void;
  setToolCall(call: ChatToolCall): void;
  /** A call of the provider has ended, however it did. */
  onRequest?(outcome: RequestOutcome): void;
  finish(message: ChatMessage): void;
}
