import type { MessageUsage } from "./chat-message.ts";

/** What one provider call used. */
export interface CallUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** How many of the input tokens came from the provider's cache. Null when it does not say. */
  readonly cachedTokens: number | null;
  /** US dollars. Null when the price is unknown. */
  readonly cost: number | null;
}

/** The columns for tokens hold no more. */
export const maxTokens = 2_147_483_647;

/** Adds a call to the usage of an answer. One call with an unknown price makes the whole cost unknown. */
export function addUsage(usage: MessageUsage, call: CallUsage): MessageUsage {
  const { inputTokens, outputTokens, cachedTokens, cost } = call;
  // Some providers report the cost alone.
  if (inputTokens + outputTokens === 0 && !cost) return usage;
  if (usage.inputTokens === null && usage.outputTokens === null)
    return { inputTokens, outputTokens, cachedTokens, cost };
  return {
    inputTokens: Math.min((usage.inputTokens ?? 0) + inputTokens, maxTokens),
    outputTokens: Math.min((usage.outputTokens ?? 0) + outputTokens, maxTokens),
    cachedTokens: addKnown(usage.cachedTokens, cachedTokens),
    cost: usage.cost === null || cost === null ? null : usage.cost + cost,
  };
}

/** The sum of what is known. Null when nothing is. */
function addKnown(first: number | null, second: number | null): number | null {
  return first === null || second === null ? (first ?? second) : first + second;
}
