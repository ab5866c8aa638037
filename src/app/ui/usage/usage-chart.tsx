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

/** The height of the chart, and the room at its left and below it, in the units of the drawing. */
const height = 180;
const width = 720;
const left = 56;
const bottom = 24;

function Bars({ metric, days }: BarsProps) {
  const { series, format, minStep } = metric;
  const totals = days.map((day) => series.reduce((sum, { valueOf }) => sum + valueOf(day), 0));
  const ticks = niceTicks(Math.max(0, ...totals), minStep);
  const top = ticks.at(-1) || 1;
  const [hovered, setHovered] = useState<number | null>(null);
  const slot = (width - left) / days.length;
  const bar = Math.min(slot * 0.72, 36);
  const y = (value: number): number => 8 + (height - 8) * (1 - value / top);
  const labelEvery = Math.max(1, Math.ceil(days.length / 8));
  const day = hovered === null ? undefined : days[hovered];
  return (
    <div className="relative" aria-hidden onMouseLeave={() => setHovered(null)}>
      <svg viewBox={`0 0 ${width} ${height + bottom}`} className="w-full forced-color-adjust-none">
        {ticks.map((tick) => (
          <g key={tick}>
            <line x1={left} x2={width} y1={y(tick)} y2={y(tick)} stroke="var(--border)" />
            <text
              x={left - 8}
              y={y(tick) + 4}
              textAnchor="end"
              className="fill-muted-foreground text-[11px] max-sm:text-[20px]"
            >
              {tick === 0 ? "0" : format(tick)}
            </text>
          </g>
        ))}
        {days.map((one, index) => {
          const x = left + slot * index;
          let below = 0;
          return (
            <g key={one.key} onMouseEnter={() => setHovered(index)}>
              <rect x={x} y={0} width={slot} height={height} fill="transparent" />
              {series.map(({ name, color, valueOf }) => {
                const value = valueOf(one);
                below += value;
                return (
                  <rect
                    key={name}
                    x={x + (slot - bar) / 2}
                    y={y(below)}
                    width={bar}
                    height={y(below - value) - y(below)}
                    rx={Math.min(2, bar / 4)}
                    fill={color}
                    opacity={hovered === null || hovered === index ? 1 : 0.45}
                  />
                );
              })}
              {(days.length - 1 - index) % labelEvery === 0 && (
                <text
                  x={x + slot / 2}
                  y={height + 18}
                  textAnchor="middle"
                  className="fill-muted-foreground text-[11px] max-sm:text-[20px]"
                >
                  {formatDay(one.key)}
                </text>
              )}
            </g>
          );
        })}
      </svg>
      {day !== undefined && (
        <div className="pointer-events-none absolute end-0 top-0 rounded-lg border border-input bg-popover px-2.5 py-1.5 text-xs shadow-md">
          <p className="font-medium">{formatDay(day.key)}</p>
          {series.map(({ name, color, valueOf, shownOf = valueOf }) => (
            <p key={name} className="flex items-center gap-1.5 tabular-nums">
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
