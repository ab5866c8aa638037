"use client";

import { Brain, ChevronRight } from "lucide-react";

export function Thinking({
  text,
  isStreaming,
}: {
  readonly text: string;
  readonly isStreaming: boolean;
}) {
  return (
    <details className="card">
      <summary>
        <Brain aria-hidden className="size-4 text-muted-foreground" />
        <span className={isStreaming ? "animate-pulse" : ""}>
          {isStreaming ? "Thinking…" : "Thoughts"}
        </span>
        <ChevronRight aria-hidden className="card-arrow" />
      </summary>
      <div className="card-body py-2.5 whitespace-pre-wrap text-muted-foreground">{text}</div>
    </details>
  );
}
