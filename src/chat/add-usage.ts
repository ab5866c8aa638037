import type { MessageUsage } from "./chat-message.ts";

/** What one provider call used. */
export interface CallUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** US dollars. Null when the price is unknown. */
  readonly cost: number | null;
}

/** Adds a call to the usage of an answer. One call with an unknown price makes the whole cost unknown. */
export function addUsage(usage: MessageUsage, call: CallUsage): MessageUsage {
  const { inputTokens, outputTokens, cost } = call;
  if (inputTokens + outputTokens === 0) return usage;
  if (usage.inputTokens === null && usage.outputTokens === null)
    return { inputTokens, outputTokens, cost };
  return {
    inputTokens: (usage.inputTokens ?? 0) + inputTokens,
    outputTokens: (usage.outputTokens ?? 0) + outputTokens,
    cost: usage.cost === null || cost === null ? null : usage.cost + cost,
  };
}
