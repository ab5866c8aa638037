import type { MessageUsage } from "./chat-message.ts";

/** What one call of the provider used. Cost is in US dollars, and null when the price is not known. */
export interface CallUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cost: number | null;
}

/** The usage of an answer after one more call. One call without a known price makes the whole cost unknown. */
export function addUsage(known: MessageUsage, call: CallUsage): MessageUsage {
  const { inputTokens, outputTokens, cost } = call;
  if (inputTokens + outputTokens === 0) return known;
  if (known.inputTokens === null && known.outputTokens === null)
    return { inputTokens, outputTokens, cost };
  return {
    inputTokens: (known.inputTokens ?? 0) + inputTokens,
    outputTokens: (known.outputTokens ?? 0) + outputTokens,
    cost: known.cost === null || cost === null ? null : known.cost + cost,
  };
}
