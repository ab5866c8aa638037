"use client";

import { useId } from "react";

interface TemperatureFieldProps {
  /** Null for the model's default. */
  readonly value: number | null;
  readonly onChange: (value: number | null) => void;
}

/** Sets how varied the model's answers are, from 0 to 2. */
export function TemperatureField({ value, onChange }: TemperatureFieldProps) {
  const id = useId();
  const text = value === null ? "Model default" : value.toFixed(1);
  return (
    <div className="flex flex-col gap-1.5">
      <div className="flex items-center justify-between gap-3 text-sm">
        <label htmlFor={id} className="font-medium">
          Temperature
        </label>
        <output htmlFor={id} className="text-muted-foreground tabular-nums">
          {text}
        </output>
      </div>
      <input
        id={id}
        type="range"
        className="temperature"
        data-default={value === null || undefined}
        min={0}
        max={2}
        step={0.1}
        value={value ?? 1}
        aria-valuetext={text}
        aria-describedby={`${id}-hint`}
        onChange={(event) => onChange(Number(event.target.value))}
      />
      <div className="flex items-start justify-between gap-3">
        <p id={`${id}-hint`} className="text-sm text-muted-foreground">
          Lower is more focused, higher is more creative. Some models only accept 0 to 1, or don’t
          support it.
        </p>
        <button
          type="button"
          className="text-button shrink-0"
          aria-pressed={value === null}
          onClick={() => onChange(null)}
        >
          Default
        </button>
      </div>
    </div>
  );
}
