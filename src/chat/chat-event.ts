import type { ChatMessage, ChatToolCall } from "./chat-message.ts";

/**
 * What a `stream` subscription delivers. `at` is the offset, in UTF-16 units of `content` (or of
 * `thinking`), where the text belongs, so that applying an event twice changes nothing.
 */
export type ChatEvent =
  | { readonly type: "snapshot"; readonly message: ChatMessage }
  | { readonly type: "text"; readonly at: number; readonly text: string }
  | { readonly type: "thinking"; readonly at: number; readonly text: string }
  | { readonly type: "tool"; readonly toolCall: ChatToolCall }
  | { readonly type: "done"; readonly message: ChatMessage };
