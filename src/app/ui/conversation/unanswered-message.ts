import type { AppMessage } from "../app/app-types.ts";

export interface Unanswered {
  /** The id of the last message if it is a question without an answer, otherwise null. */
  readonly id: string | null;
  readonly shown: readonly AppMessage[];
  /** True if the page already shows what went wrong with the newest answer. */
  readonly isExplained: boolean;
}

/**
 * Finds a question that has no answer. The server removes an answer that failed before its first word,
 * so such an answer is left out right away, and the error is shown in its place.
 */
export function unansweredMessage(
  messages: readonly AppMessage[],
  error: Error | null,
): Unanswered {
  const newest = messages.at(-1);
  if (newest?.role === "user") return { id: newest.id, shown: messages, isExplained: true };
  if (newest?.status === "failed" && error !== null && isBlank(newest)) {
    return { id: newest.parentId, shown: messages.slice(0, -1), isExplained: true };
  }
  const isExplained = newest?.status === "failed" || newest?.status === "interrupted";
  return { id: null, shown: messages, isExplained };
}

function isBlank(message: AppMessage): boolean {
  return message.content === "" && message.toolCalls.length === 0;
}
