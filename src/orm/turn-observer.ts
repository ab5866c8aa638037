import type { ChatMessage, ChatToolCall } from "../chat/chat-message.ts";

/** Is told what a turn produces, as it is produced. A `LiveMessage` is one. */
export interface TurnObserver {
  append(type: "text" | "thinking", text: string): void;
  setToolCall(call: ChatToolCall): void;
  finish(message: ChatMessage): void;
}
