"use client";

import { ChevronDown } from "lucide-react";
import type { ModelChoice } from "../app/app-types.ts";
import { Menu } from "../controls/menu.tsx";

interface ModelPickerProps {
  readonly models: readonly ModelChoice[];
  /** The selected model; null for the default. */
  readonly value: string | null;
  readonly onChange: (model: string) => void;
}

/** Selects the model of the next answer. If there is only one model, it just shows its name. */
export function ModelPicker({ models, value, onChange }: ModelPickerProps) {
  const fallback = models.find((model) => model.isDefault) ?? models[0];
  const current = value ?? fallback?.id;
  if (models.length < 2) {
    return (
      <span className="block truncate px-1 text-xs text-muted-foreground">
        {current === "offline" ? "Offline model · no API key needed" : current}
      </span>
    );
  }
  return (
    <Menu
      label={`Model: ${current}`}
      side="above"
      className="inline-flex h-8 max-w-full items-center gap-1 rounded-md px-2 text-xs text-muted-foreground hover:bg-accent hover:text-foreground pointer-coarse:h-10"
      items={models.map((model) => ({
        label: model.id,
        detail: priceOf(model),
        isChecked: model.id === current,
        onSelect: () => onChange(model.id),
      }))}
    >
      <span className="truncate">{current}</span>
      <ChevronDown aria-hidden className="size-3.5 shrink-0" />
    </Menu>
  );
}

function priceOf({ inputPrice, outputPrice }: ModelChoice): string | undefined {
  if (inputPrice === null || outputPrice === null) return undefined;
  return `$${inputPrice.toFixed(2)} in · $${outputPrice.toFixed(2)} out per 1M tokens`;
}
