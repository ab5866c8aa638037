import type { ChatSummary } from "./chat-summary.ts";

/** What a `watch` subscription tells the other tabs of a chat. */
export type ChatNotice =
  /**
   * The first notice, or one after much was missed: what differs from one's own copy is to be loaded
   * again. `newestId` is the newest message of the active branch; null in an empty chat.
   */
  | { readonly type: "state"; readonly chat: ChatSummary; readonly newestId: string | null }
  /** The chat's own columns changed: title, model, instructions, temperature, `updatedAt`. */
  | { readonly type: "chat"; readonly chat: ChatSummary }
  /** A message was added: a question, or an answer that has begun and can be read with `stream`. */
  | { readonly type: "created"; readonly messageId: string }
  /** The active branch is another one and ends with this message; or an answer waits for approval, or no longer. */
  | { readonly type: "updated"; readonly messageId: string }
  /** An answer ended, however it did. */
  | { readonly type: "finished"; readonly messageId: string }
  /** An answer ended without anything in it, and is gone. */
  | { readonly type: "deleted"; readonly messageId: string }
  /** The whole chat is gone; the last notice. */
  | { readonly type: "chatDeleted" };
