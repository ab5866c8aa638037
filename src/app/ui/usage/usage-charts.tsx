"use client";

import type { UsageGroup } from "node-llm-trpc/react";
import type { ReactElement } from "react";
import {
  Bar,
  BarChart,
  CartesianGrid,
  Line,
  LineChart,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";
import { formatCost, formatDuration } from "./format-usage.ts";
import { niceTicks } from "./nice-ticks.ts";

const compact = new Intl.NumberFormat("en-US", { notation: "compact" });
const shortDay = new Intl.DateTimeFormat("en-US", {
  month: "short",
  day: "numeric",
  timeZone: "UTC",
});

const axis = {
  tick: { fill: "var(--muted-foreground)", fontSize: 11 },
  tickLine: false,
  axisLine: false,
} as const;
/** Formats a value or an axis tick; `step` is the distance between ticks. */
type Format = (value: number, step: number) => string;

const margin = { top: 8, right: 4, bottom: 0, left: 0 };
const noAnimation = { isAnimationActive: false } as const;

/** Charts by day. Hidden from screen readers, because the tables below have the same numbers. */
export default function UsageCharts({ days }: { readonly days: readonly UsageGroup[] }) {
  const data = days.map((day) => ({ ...day, succeeded: day.requests - day.errors }));
  const hasCost = days.some((day) => (day.cost ?? 0) > 0);
  const frame = (values: readonly number[], minStep: number, format: Format, label = format) => {
    const ticks = niceTicks(Math.max(0, ...values), minStep);
    const step = ticks[1] ?? 1;
    return [
      <CartesianGrid key="grid" vertical={false} stroke="var(--border)" />,
      <XAxis
        key="x"
        dataKey="key"
        tickFormatter={formatDay}
        interval="equidistantPreserveStart"
        minTickGap={24}
        height={20}
        {...axis}
      />,
      <YAxis
        key="y"
        width={52}
        ticks={[...ticks]}
        interval={0}
        domain={[0, ticks.at(-1) ?? 1]}
        tickFormatter={(value: number) => label(value, step)}
        {...axis}
      />,
      <Tooltip
        key="tip"
        labelFormatter={(day) => formatDay(String(day))}
        formatter={(value) => format(Number(value), step)}
        contentStyle={{
          background: "var(--card)",
          border: "1px solid var(--input)",
          borderRadius: 10,
          fontSize: 13,
        }}
        itemStyle={{ color: "var(--foreground)" }}
        cursor={{ fill: "var(--accent)", stroke: "var(--input)" }}
        {...noAnimation}
      />,
    ];
  };
  const tokens = days.map((day) => day.inputTokens + day.outputTokens);
  const costs = days.map((day) => day.cost ?? 0);
  const times = days.map((day) => day.p95 ?? 0);
  const requests = days.map((day) => day.requests);
  // Dots clutter a line through many days, but a single day would be invisible without one.
  const hasDots = days.filter((day) => day.p50 !== null).length <= 7;
  const line = { ...noAnimation, connectNulls: true, strokeWidth: 2, dot: hasDots };
  return (
    <div className="chart-grid">
      <Chart
        title="Tokens"
        legend={[
          ["Input", "var(--primary)"],
          ["Output", "var(--chart-2)"],
        ]}
      >
        <BarChart data={data} margin={margin} accessibilityLayer={false}>
          {frame(tokens, 1, formatCount)}
          <Bar
            {...noAnimation}
            dataKey="inputTokens"
            name="Input"
            stackId="t"
            fill="var(--primary)"
          />
          <Bar
            {...noAnimation}
            dataKey="outputTokens"
            name="Output"
            stackId="t"
            fill="var(--chart-2)"
          />
        </BarChart>
      </Chart>
      {hasCost && (
        <Chart title="Cost" legend={[]}>
          <BarChart data={data} margin={margin} accessibilityLayer={false}>
            {frame(costs, 0, formatCost, labelCost)}
            <Bar {...noAnimation} dataKey="cost" name="Cost" fill="var(--primary)" />
          </BarChart>
        </Chart>
      )}
      <Chart
        title="Response time"
        legend={[
          ["p50", "var(--primary)"],
          ["p95", "var(--chart-2)"],
        ]}
      >
        <LineChart data={data} margin={margin} accessibilityLayer={false}>
          {frame(times, 1, formatDuration, labelDuration)}
          <Line {...line} dataKey="p50" stroke="var(--primary)" />
          <Line {...line} dataKey="p95" stroke="var(--chart-2)" />
        </LineChart>
      </Chart>
      <Chart
        title="Requests"
        legend={[
          ["Succeeded", "var(--primary)"],
          ["Failed", "var(--destructive)"],
        ]}
      >
        <BarChart data={data} margin={margin} accessibilityLayer={false}>
          {frame(requests, 1, formatCount)}
          <Bar
            {...noAnimation}
            dataKey="succeeded"
            name="Succeeded"
            stackId="r"
            fill="var(--primary)"
          />
          <Bar
            {...noAnimation}
            dataKey="errors"
            name="Failed"
            stackId="r"
            fill="var(--destructive)"
          />
        </BarChart>
      </Chart>
    </div>
  );
}

interface ChartProps {
  readonly title: string;
  readonly legend: readonly (readonly [string, string])[];
  readonly children: ReactElement;
}

function Chart({ title, legend, children }: ChartProps) {
  return (
    <figure className="chart" aria-hidden>
      <figcaption>
        <span className="font-semibold">{title}</span>
        {legend.map(([name, color]) => (
          <span key={name} className="flex items-center gap-1.5 text-xs text-muted-foreground">
            <span className="size-2 rounded-full" style={{ background: color }} />
            {name}
          </span>
        ))}
      </figcaption>
      <ResponsiveContainer width="100%" height={190}>
        {children}
      </ResponsiveContainer>
    </figure>
  );
}

function formatCount(value: number): string {
  return compact.format(value);
}

/** Formats dollars with as many digits as the axis step needs. */
function labelCost(value: number, step: number): string {
  return `$${value.toFixed(value === 0 ? 0 : Math.max(0, Math.ceil(-Math.log10(step))))}`;
}

function labelDuration(value: number): string {
  return value === 0 ? "0" : formatDuration(value);
}

function formatDay(day: string): string {
  return shortDay.format(new Date(`${day}T00:00:00Z`));
}
