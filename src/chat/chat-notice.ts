import type { ChatSummary } from "./chat-summary.ts";

/** What `watch` tells the watchers of a chat, in its tracked events. */
export type ChatNotice =
  /**
   * The first notice, or the one after many were missed: refetch whatever differs from your copy. `newestId` is the
   * newest message of the active branch; null when the chat is empty.
   */
  | { readonly type: "state"; readonly chat: ChatSummary; readonly newestId: string | null }
  /** The title, model, instructions, temperature or `updatedAt` of the chat changed. */
  | { readonly type: "chat"; readonly chat: ChatSummary }
  /** A message was added: a user message, or an answer that has begun and can be read with `stream`. */
  | { readonly type: "created"; readonly messageId: string }
  /**
   * Another branch became active, and this is its newest message. Or this is the answer in progress, and the tool calls
   * that it waits for have changed.
   */
  | { readonly type: "updated"; readonly messageId: string }
  /** An answer ended, for whatever reason. */
  | { readonly type: "finished"; readonly messageId: string }
  /** An answer ended with nothing in it and was deleted. */
  | { readonly type: "deleted"; readonly messageId: string }
  /** The chat was deleted. This is the last notice. */
  | { readonly type: "chatDeleted" };
