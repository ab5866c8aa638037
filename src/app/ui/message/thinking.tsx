"use client";

import { Brain, ChevronRight } from "lucide-react";

export function Thinking({
  text,
  isGrowing,
}: {
  readonly text: string;
  readonly isGrowing: boolean;
}) {
  return (
    <details className="card">
      <summary>
        <Brain aria-hidden className="size-4 text-soft" />
        <span className={isGrowing ? "animate-pulse" : ""}>
          {isGrowing ? "Thinking…" : "Thoughts"}
        </span>
        <ChevronRight aria-hidden className="card-arrow" />
      </summary>
      <div className="card-body py-2.5 whitespace-pre-wrap text-soft">{text}</div>
    </details>
  );
}
