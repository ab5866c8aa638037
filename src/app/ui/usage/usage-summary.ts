import type { UsageGroup } from "node-llm-trpc/react";

export interface UsageTotals {
  readonly requests: number;
  readonly errors: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** How many of the input tokens came from a cache; null if no request reported it. */
  readonly cachedTokens: number | null;
  /** US dollars; null if no request had a known price. */
  readonly cost: number | null;
}

const dayTime = 86_400_000;

/** Returns when the last `days` days started, in UTC. Today is the last of them. */
export function startOfRange(now: string, days: number): string {
  const today = Date.parse(`${now.slice(0, 10)}T00:00:00Z`);
  return new Date(today - (days - 1) * dayTime).toISOString();
}

/** Returns one group for each day, oldest first, including days without requests. */
export function fillDays(
  groups: readonly UsageGroup[],
  from: string,
  days: number,
): readonly UsageGroup[] {
  const known = new Map(groups.map((group) => [group.key, group]));
  const start = Date.parse(from);
  return Array.from({ length: days }, (_, index) => {
    const key = new Date(start + index * dayTime).toISOString().slice(0, 10);
    return known.get(key) ?? { ...nothing, key };
  });
}

/** A chart of fewer days would look odd. */
const minDays = 7;

/** Leaves out the days before the first request, so that a new app's chart is not empty but for its end. */
export function daysToShow(days: readonly UsageGroup[]): readonly UsageGroup[] {
  const first = days.findIndex(({ requests }) => requests > 0);
  return first < 0 ? days : days.slice(Math.min(first, Math.max(0, days.length - minDays)));
}

const nothing: UsageGroup = {
  key: "",
  title: null,
  requests: 0,
  errors: 0,
  inputTokens: 0,
  outputTokens: 0,
  cachedTokens: null,
  cost: null,
  p50: null,
  p95: null,
};

export function sumUsage(groups: readonly UsageGroup[]): UsageTotals {
  const sum = (read: (group: UsageGroup) => number): number =>
    groups.reduce((total, group) => total + read(group), 0);
  const sumKnown = (key: "cachedTokens" | "cost"): number | null =>
    groups.some((group) => group[key] !== null) ? sum((group) => group[key] ?? 0) : null;
  return {
    requests: sum((group) => group.requests),
    errors: sum((group) => group.errors),
    inputTokens: sum((group) => group.inputTokens),
    outputTokens: sum((group) => group.outputTokens),
    cachedTokens: sumKnown("cachedTokens"),
    cost: sumKnown("cost"),
  };
}

/** Sorts by cost, highest first, then by tokens. An unknown cost counts as zero. */
export function sortByCost(groups: readonly UsageGroup[]): readonly UsageGroup[] {
  const tokens = (group: UsageGroup): number => group.inputTokens + group.outputTokens;
  return groups.toSorted((a, b) => (b.cost ?? 0) - (a.cost ?? 0) || tokens(b) - tokens(a));
}
