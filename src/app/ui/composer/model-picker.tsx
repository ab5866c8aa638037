"use client";

import { ChevronDown } from "lucide-react";
import type { ChatModel } from "../../client/trpc.ts";
import { trpc } from "../../client/trpc.ts";

interface ModelPickerProps {
  /** The selected model; null for the router's default. */
  readonly value: string | null;
  readonly onChange: (model: string) => void;
}

/** Selects the model of the next answer. If there is only one model, it just shows its name. */
export function ModelPicker({ value, onChange }: ModelPickerProps) {
  const models = trpc.chat.models.useQuery(undefined, { staleTime: Infinity }).data ?? [];
  const fallback = models.find((model) => model.isDefault) ?? models[0];
  const current = value ?? fallback?.id;
  const chosen = models.find((model) => model.id === current);
  if (models.length < 2) {
    return (
      <span className="block truncate px-1 text-xs text-muted-foreground">
        {current === "offline" ? "Offline model · no API key needed" : current}
      </span>
    );
  }
  return (
    <span className="model-picker">
      <span aria-hidden className="truncate">
        {current}
      </span>
      <ChevronDown aria-hidden />
      <select
        aria-label="Model"
        title={chosen && nameWithPrice(chosen)}
        value={current}
        onChange={(event) => onChange(event.target.value)}
      >
        {models.map((model) => (
          <option key={model.id} value={model.id}>
            {nameWithPrice(model)}
          </option>
        ))}
      </select>
    </span>
  );
}

/** The model's name with its input and output price. */
function nameWithPrice({ id, inputPrice, outputPrice }: ChatModel): string {
  if (inputPrice === null || outputPrice === null) return id;
  return `${id} · $${inputPrice.toFixed(2)} / $${outputPrice.toFixed(2)} per 1M tokens`;
}
