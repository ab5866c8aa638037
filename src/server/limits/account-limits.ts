import { ChatError } from "../../chat/chat-error.ts";
import type { AccountLimits } from "../../orm/usage/account-statements.ts";

/** A limit of each scope: a whole number, or `"unlimited"`. */
export type ScopeLimit = number | "unlimited";

/** What a scope may do at once and in a minute. The database counts, so the limits hold for all instances together. */
export interface ScopeLimits {
  /**
   * Answers in progress at the same time. Those that wait for an approval do not count.
   * @default 4
   */
  readonly answersAtOnce: ScopeLimit;
  /**
   * Answers that begin in a minute, with `send`, `regenerate`, or after an approval. The minute begins with the first
   * of them.
   * @default 30
   */
  readonly answersPerMinute: ScopeLimit;
  /**
   * Subscriptions (`stream` and `watch`) that are open at the same time.
   * @default 50
   */
  readonly openSubscriptions: ScopeLimit;
  /**
   * Chats that are created in a minute.
   * @default 30
   */
  readonly chatsPerMinute: ScopeLimit;
}

export const defaultScopeLimits: ScopeLimits = {
  answersAtOnce: 4,
  answersPerMinute: 30,
  openSubscriptions: 50,
  chatsPerMinute: 30,
};

/** @throws ChatError `CONFIGURATION` for a limit that is not a whole number above 0, or `"unlimited"`. */
export function toAccountLimits(limits: ScopeLimits): AccountLimits {
  const read = (name: keyof ScopeLimits): number | null => {
    const limit = limits[name];
    if (limit === "unlimited") return null;
    if (Number.isSafeInteger(limit) && limit > 0) return limit;
    throw new ChatError(
      "CONFIGURATION",
      `createChatRouter: \`limits.${name}\` is ${String(limit)}. Set it to a whole number above 0, or to "unlimited".`,
    );
  };
  return {
    answersAtOnce: read("answersAtOnce"),
    answersPerMinute: read("answersPerMinute"),
    openSubscriptions: read("openSubscriptions"),
    chatsPerMinute: read("chatsPerMinute"),
  };
}
