import type { JsonValue } from "node-llm-trpc/react";
import { CopyButton } from "../controls/copy-button.tsx";
import { LongContent } from "./long-content.tsx";
import { ToolValue } from "./tool-value.tsx";

interface ToolSectionProps {
  readonly title: "Arguments" | "Result";
  readonly value: JsonValue;
}

/** The arguments or the result of a call, with a copy button. */
export function ToolSection({ title, value }: ToolSectionProps) {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return (
    <section aria-label={title} className="tool-section">
      <header>
        <h2>{title}</h2>
        <CopyButton text={text} label={`Copy ${title.toLowerCase()}`} />
      </header>
      <LongContent>
        <ToolValue value={value} />
      </LongContent>
    </section>
  );
}
