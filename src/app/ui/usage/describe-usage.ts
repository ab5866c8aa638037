import type { ChatMessage, MessageUsage } from "node-llm-trpc/react";

/** “1,234 tokens” and “$0.0042”, as far as they are known. */
export function describeUsage(usage: MessageUsage): string[] {
  const { inputTokens, outputTokens, cost } = usage;
  const tokens = (inputTokens ?? 0) + (outputTokens ?? 0);
  return [
    ...(tokens > 0 ? [`${tokens.toLocaleString("en-US")} tokens`] : []),
    ...(cost === null ? [] : [formatCost(cost)]),
  ];
}

/** How long an answer took, “2.4 s”; nothing while that is not known. */
export function describeLatency({ createdAt, finishedAt }: ChatMessage): string[] {
  if (finishedAt === null) return [];
  const time = Date.parse(finishedAt) - Date.parse(createdAt);
  return time > 0 ? [formatDuration(time)] : [];
}

/** @param time milliseconds */
export function formatDuration(time: number): string {
  if (time < 1_000) return `${Math.round(time)} ms`;
  if (time < 60_000) return `${(time / 1_000).toFixed(1)} s`;
  return `${Math.floor(time / 60_000)} min ${Math.round((time % 60_000) / 1_000)} s`;
}

/** US dollars, with as many digits as a small amount needs. */
export function formatCost(cost: number): string {
  if (cost === 0) return "$0";
  if (cost < 0.0001) return "<$0.0001";
  return `$${cost.toFixed(cost < 0.01 ? 4 : 2)}`;
}
