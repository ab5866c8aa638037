import type { ChatSummary } from "./chat-summary.ts";

/** What `watch` tells the watchers of a chat, in its tracked events. */
export type ChatNotice =
  /** The first notice, or the one after many were missed: refetch whatever differs from your copy. */
  | {
      readonly type: "state";
      /** The chat as it is now. */
      readonly chat: ChatSummary;
      /** The newest message of the active branch; null when the chat is empty. */
      readonly newestId: string | null;
    }
  /** The title, model, instructions, temperature or `updatedAt` of the chat changed. */
  | {
      readonly type: "chat";
      /** The chat as it is now. */
      readonly chat: ChatSummary;
    }
  /** A message was added: a user message, or an answer that has begun and can be read with `stream`. */
  | {
      readonly type: "created";
      /** The new message. */
      readonly messageId: string;
    }
  /**
   * Another branch became active, and this is its newest message. Or this is the answer in progress, and the tool calls
   * that it waits for have changed.
   */
  | {
      readonly type: "updated";
      /** The newest message of the branch, or the answer in progress. */
      readonly messageId: string;
    }
  /** An answer ended, for whatever reason. */
  | {
      readonly type: "finished";
      /** The answer. */
      readonly messageId: string;
    }
  /** An answer ended with nothing in it and was deleted. */
  | {
      readonly type: "deleted";
      /** The answer. */
      readonly messageId: string;
    }
  /** The chat was deleted. This is the last notice. */
  | { readonly type: "chatDeleted" };
