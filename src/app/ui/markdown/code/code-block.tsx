"use client";

import type { ReactNode } from "react";
import { CopyButton } from "../../controls/copy-button.tsx";
import { CodeLines } from "./code-lines.tsx";
import { useHighlighted } from "./use-highlighted.ts";

interface CodeBlockProps {
  readonly code: string;
  readonly language: string;
  /** Shown at the end of code that streams. */
  readonly caret: ReactNode;
}

/** Code with a copy button. It is highlighted by a module that is loaded with the first block. */
export function CodeBlock({ code, language, caret }: CodeBlockProps) {
  const { chunks, ref } = useHighlighted(code, language);
  return (
    <figure
      ref={ref}
      dir="ltr"
      className="overflow-hidden rounded-xl border border-border bg-muted"
    >
      {/* Generated content, so that selecting and copying an answer does not include it. */}
      <figcaption
        data-language={language || "text"}
        className="flex h-9 items-center justify-between border-b border-border ps-3.5 pe-1 text-xs text-muted-foreground before:content-[attr(data-language)]"
      >
        <CopyButton text={code} label="Copy code" />
      </figcaption>
      <pre
        tabIndex={0}
        className="scroll-cue overflow-x-auto px-3.5 py-2.5 font-mono text-[13px] leading-5.5 [--below:var(--muted)]"
      >
        <code>
          {chunks === null ? code : <CodeLines chunks={chunks} />}
          {caret}
        </code>
      </pre>
    </figure>
  );
}
