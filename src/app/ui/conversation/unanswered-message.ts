import type { ChatMessage } from "node-llm-trpc/react";

export interface Unanswered {
  /** The user message at the end that has no answer; null when there is none. */
  readonly id: string | null;
  /** The messages to show. */
  readonly shown: readonly ChatMessage[];
  /** True when the newest message says itself what went wrong. */
  readonly isExplained: boolean;
}

/**
 * Finds the question that still waits for its answer. An answer that failed before its first word is
 * about to be removed by the server: it is left out already, and the error stands for it.
 */
export function unansweredMessage(
  messages: readonly ChatMessage[],
  error: Error | null,
): Unanswered {
  const newest = messages.at(-1);
  if (newest?.role === "user") return { id: newest.id, shown: messages, isExplained: false };
  if (newest?.status === "failed" && error !== null && isBlank(newest)) {
    return { id: newest.parentId, shown: messages.slice(0, -1), isExplained: false };
  }
  const isExplained = newest?.status === "failed" || newest?.status === "interrupted";
  return { id: null, shown: messages, isExplained };
}

function isBlank(message: ChatMessage): boolean {
  return message.content === "" && message.toolCalls.length === 0;
}
