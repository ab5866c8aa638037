import type { JsonValue } from "node-llm-trpc/react";
import type { ReactNode } from "react";
import { CopyButton } from "../controls/copy-button.tsx";
import { LongContent } from "../controls/long-content.tsx";
import { ToolValue } from "./tool-value.tsx";

interface ToolSectionProps {
  readonly title: "Arguments" | "Result";
  readonly value: JsonValue;
  /** @default the value */
  readonly children?: ReactNode;
}

/** The arguments or the result of a call, with a copy button. */
export function ToolSection({ title, value, children }: ToolSectionProps) {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return (
    <div
      role="group"
      aria-label={title}
      className="border-t border-border py-1.5 first:border-t-0 first:pt-0 last:pb-1"
    >
      <header className="-me-1.5 flex h-7 items-center justify-between pointer-coarse:h-9">
        <h2 className="text-xs font-medium text-muted-foreground">{title}</h2>
        <CopyButton text={text} label={`Copy ${title.toLowerCase()}`} />
      </header>
      <LongContent>{children ?? <ToolValue value={value} />}</LongContent>
    </div>
  );
}
