"use client";

import type { UsageGroup } from "node-llm-trpc/react";
import { useState } from "react";
import { niceTicks } from "./nice-ticks.ts";
import type { UsageMetric } from "./usage-metrics.ts";
import { metrics } from "./usage-metrics.ts";

const shortDay = new Intl.DateTimeFormat("en-US", {
  month: "short",
  day: "numeric",
  timeZone: "UTC",
});

/** A chart by day of one of several measures. The table by day has the same numbers for screen readers. */
export function UsageChart({ days }: { readonly days: readonly UsageGroup[] }) {
  const shown = metrics.filter(({ series }) =>
    days.some((day) => series.some(({ valueOf }) => valueOf(day) > 0)),
  );
  const [chosen, setChosen] = useState("Tokens");
  const metric = shown.find(({ name }) => name === chosen) ?? shown[0];
  if (metric === undefined) return null;
  return (
    <figure className="min-w-0 rounded-xl border border-border bg-card p-4 text-sm">
      <figcaption className="mb-4 flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <div
          role="group"
          aria-label="Measure"
          className="flex max-w-full gap-0.5 overflow-x-auto rounded-lg bg-muted p-0.5"
        >
          {shown.map(({ name }) => (
            <button
              key={name}
              type="button"
              aria-pressed={name === metric.name}
              className="h-7 shrink-0 rounded-md px-2.5 text-muted-foreground hover:text-foreground aria-pressed:bg-card aria-pressed:font-medium aria-pressed:text-foreground aria-pressed:shadow-xs pointer-coarse:h-9 forced-colors:aria-pressed:outline-1"
              onClick={() => setChosen(name)}
            >
              {name}
            </button>
          ))}
        </div>
        {metric.series.length > 1 && (
          <span
            className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted-foreground"
            aria-hidden
          >
            {metric.series.map(({ name, color }) => (
              <span key={name} className="flex items-center gap-1.5">
                <Swatch color={color} />
                {name}
              </span>
            ))}
          </span>
        )}
      </figcaption>
      <Bars metric={metric} days={days} />
    </figure>
  );
}

/** A dot in a series' color, as a drawing, so that forced colors leave it as it is. */
function Swatch({ color }: { readonly color: string }) {
  return (
    <svg viewBox="0 0 8 8" className="size-2 forced-color-adjust-none" aria-hidden>
      <circle cx="4" cy="4" r="4" fill={color} />
    </svg>
  );
}

interface BarsProps {
  readonly metric: UsageMetric;
  readonly days: readonly UsageGroup[];
}

/** How many days have a label below them, at most. */
const maxLabels = 5;

/** The bars are stretched to the width of the page, the text around them is not. */
function Bars({ metric, days }: BarsProps) {
  const { series, format, minStep } = metric;
  const totals = days.map((day) => series.reduce((sum, { valueOf }) => sum + valueOf(day), 0));
  const ticks = niceTicks(Math.max(0, ...totals), minStep);
  const top = ticks.at(-1) || 1;
  const [hovered, setHovered] = useState<number | null>(null);
  const y = (value: number): number => 100 * (1 - value / top);
  const day = hovered === null ? undefined : days[hovered];
  const step = Math.ceil(days.length / maxLabels);
  return (
    <div
      aria-hidden
      className="relative grid grid-cols-[auto_minmax(0,1fr)] gap-x-2 gap-y-1.5 text-[11px] leading-3 text-muted-foreground tabular-nums"
      onMouseLeave={() => setHovered(null)}
    >
      <div className="-my-1.5 flex flex-col-reverse justify-between text-end">
        {ticks.map((tick) => (
          <span key={tick}>{tick === 0 ? "0" : format(tick)}</span>
        ))}
      </div>
      <svg
        viewBox={`0 0 ${days.length} 100`}
        preserveAspectRatio="none"
        className="h-45 w-full forced-color-adjust-none"
      >
        {ticks.map((tick) => (
          <line
            key={tick}
            x1={0}
            x2={days.length}
            y1={y(tick)}
            y2={y(tick)}
            stroke="var(--border)"
            vectorEffect="non-scaling-stroke"
          />
        ))}
        {days.map((one, index) => {
          let below = 0;
          return (
            <g key={one.key} onMouseEnter={() => setHovered(index)}>
              <rect x={index} y={0} width={1} height={100} fill="transparent" />
              {series.map(({ name, color, valueOf }) => {
                const value = valueOf(one);
                below += value;
                return (
                  <rect
                    key={name}
                    x={index + 0.14}
                    y={y(below)}
                    width={0.72}
                    height={y(below - value) - y(below)}
                    fill={color}
                    opacity={hovered === null || hovered === index ? 1 : 0.45}
                  />
                );
              })}
            </g>
          );
        })}
      </svg>
      <div className="relative col-start-2 h-3">
        {days.map(
          (one, index) =>
            (days.length - 1 - index) % step === 0 && (
              <span
                key={one.key}
                className="absolute -translate-x-1/2 whitespace-nowrap"
                style={{ left: `${(100 * (index + 0.5)) / days.length}%` }}
              >
                {formatDay(one.key)}
              </span>
            ),
        )}
      </div>
      {day !== undefined && (
        <div className="pointer-events-none absolute end-0 top-0 rounded-lg border border-input bg-popover px-2.5 py-1.5 text-xs text-popover-foreground shadow-md">
          <p className="font-medium">{formatDay(day.key)}</p>
          {series.map(({ name, color, valueOf, shownOf = valueOf }) => (
            <p key={name} className="flex items-center gap-1.5">
              <Swatch color={color} /> {name}: {format(shownOf(day))}
            </p>
          ))}
        </div>
      )}
    </div>
  );
}

function formatDay(day: string): string {
  return shortDay.format(new Date(`${day}T00:00:00Z`));
}
