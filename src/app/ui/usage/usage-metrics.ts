import type { UsageGroup } from "node-llm-trpc/react";
import { formatCost, formatDuration } from "./format-usage.ts";

/** One part of a day's bar. */
export interface MetricSeries {
  readonly name: string;
  /** CSS color. */
  readonly color: string;
  readonly valueOf: (day: UsageGroup) => number;
  /** What the series shows, if that differs from its height. */
  readonly shownOf?: (day: UsageGroup) => number;
}

/** Something that a chart shows for each day. */
export interface UsageMetric {
  readonly name: string;
  /** The parts of a bar, from the bottom up. */
  readonly series: readonly MetricSeries[];
  readonly format: (value: number) => string;
  /** The smallest step of the axis. */
  readonly minStep: number;
}

const compact = new Intl.NumberFormat("en-US", { notation: "compact" });

function formatCount(value: number): string {
  return compact.format(value);
}

const first = "var(--chart-1)";
const second = "var(--chart-2)";

export const metrics: readonly UsageMetric[] = [
  {
    name: "Tokens",
    format: formatCount,
    minStep: 1,
    series: [
      { name: "Input", color: first, valueOf: (day) => day.inputTokens },
      { name: "Output", color: second, valueOf: (day) => day.outputTokens },
    ],
  },
  {
    name: "Cost",
    format: formatCost,
    minStep: 0,
    series: [{ name: "Cost", color: first, valueOf: (day) => day.cost ?? 0 }],
  },
  {
    name: "Requests",
    format: formatCount,
    minStep: 1,
    series: [
      { name: "Succeeded", color: first, valueOf: (day) => day.requests - day.errors },
      { name: "Failed", color: "var(--destructive)", valueOf: (day) => day.errors },
    ],
  },
  {
    name: "Response time",
    format: formatDuration,
    minStep: 1,
    series: [
      { name: "Median", color: first, valueOf: (day) => day.p50 ?? 0 },
      {
        name: "95th percentile",
        color: second,
        valueOf: (day) => Math.max(0, (day.p95 ?? 0) - (day.p50 ?? 0)),
        shownOf: (day) => day.p95 ?? 0,
      },
    ],
  },
];
