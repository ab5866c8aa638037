"use client";

import { useId, useState } from "react";

interface TemperatureFieldProps {
  /** Null for the model's default. */
  readonly value: number | null;
  readonly onChange: (value: number | null) => void;
}

/** Where the slider starts when the user first moves away from the default. */
const start = 1;

/** Sets how varied the model's answers are, from 0 to 2, or leaves that to the model. */
export function TemperatureField({ value, onChange }: TemperatureFieldProps) {
  const id = useId();
  const [last, setLast] = useState(value ?? start);
  const isDefault = value === null;
  const set = (next: number): void => {
    setLast(next);
    onChange(next);
  };
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1.5 text-sm font-medium">Temperature</legend>
      <label className="flex items-center gap-2 text-sm">
        <input
          type="checkbox"
          checked={isDefault}
          className="size-4 accent-primary"
          onChange={(event) => onChange(event.target.checked ? null : last)}
        />
        Use the model’s default
      </label>
      {!isDefault && (
        <div className="flex items-center gap-3">
          <input
            id={id}
            type="range"
            aria-label="Temperature"
            aria-describedby={`${id}-hint`}
            className="h-6 min-w-0 flex-1 cursor-pointer accent-primary"
            min={0}
            max={2}
            step={0.1}
            value={value}
            aria-valuetext={value.toFixed(1)}
            onChange={(event) => set(Number(event.target.value))}
          />
          <output htmlFor={id} className="w-8 text-end text-sm tabular-nums">
            {value.toFixed(1)}
          </output>
        </div>
      )}
      <p id={`${id}-hint`} className="text-sm text-muted-foreground">
        Lower is more focused, higher is more varied. Some models accept only 0 to 1, or no
        temperature at all.
      </p>
    </fieldset>
  );
}
