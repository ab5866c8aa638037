import type { UsageGroup } from "node-llm-trpc/react";

export interface UsageTotals {
  readonly requests: number;
  readonly errors: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** US dollars; null when no request had a known price. */
  readonly cost: number | null;
}

const dayTime = 86_400_000;

/** The beginning, in UTC, of the first of so many days that end today; for `from`. */
export function firstMoment(now: string, days: number): string {
  const today = Date.parse(`${now.slice(0, 10)}T00:00:00Z`);
  return new Date(today - (days - 1) * dayTime).toISOString();
}

/** One group for each day, oldest first, also for those on which nothing was asked. */
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

const nothing: UsageGroup = {
  key: "",
  title: null,
  requests: 0,
  errors: 0,
  inputTokens: 0,
  outputTokens: 0,
  cost: null,
  p50: null,
  p95: null,
};

export function sumUsage(groups: readonly UsageGroup[]): UsageTotals {
  const sum = (read: (group: UsageGroup) => number): number =>
    groups.reduce((total, group) => total + read(group), 0);
  return {
    requests: sum((group) => group.requests),
    errors: sum((group) => group.errors),
    inputTokens: sum((group) => group.inputTokens),
    outputTokens: sum((group) => group.outputTokens),
    cost: groups.some((group) => group.cost !== null) ? sum((group) => group.cost ?? 0) : null,
  };
}

/** The most expensive first; where no price is known, those with the most tokens. */
export function byCost(groups: readonly UsageGroup[]): readonly UsageGroup[] {
  const tokens = (group: UsageGroup): number => group.inputTokens + group.outputTokens;
  return groups.toSorted((a, b) => (b.cost ?? 0) - (a.cost ?? 0) || tokens(b) - tokens(a));
}
