import type { MessageUsage } from "node-llm-trpc/react";

/** “1,234 tokens” and “$0.0042”, as far as they are known. */
export function describeUsage(usage: MessageUsage): string[] {
  const { inputTokens, outputTokens, cost } = usage;
  const tokens = (inputTokens ?? 0) + (outputTokens ?? 0);
  return [
    ...(tokens > 0 ? [`${tokens.toLocaleString("en-US")} tokens`] : []),
    ...(cost === null ? [] : [formatCost(cost)]),
  ];
}

/** US dollars, with as many digits as a small amount needs. */
export function formatCost(cost: number): string {
  if (cost === 0) return "$0";
  if (cost < 0.0001) return "<$0.0001";
  return `$${cost.toFixed(cost < 0.01 ? 4 : 2)}`;
}
