"use client";

import { useEffect, useLayoutEffect, useRef, useState } from "react";
import type { drawFormula } from "./draw-formula.ts";

interface FormulaProps {
  /** TeX, without the delimiters. */
  readonly source: string;
  /** Whether the formula stands alone, on a line of its own. */
  readonly isDisplay: boolean;
  /** True while the formula is not closed. Its source is shown until then. */
  readonly isPending: boolean;
}

/** Undefined until the first formula has loaded it. */
let draw: typeof drawFormula | undefined;

/** A formula, drawn by KaTeX, which is loaded with the first one. Until then, and if it has an error, its source is shown. */
export function Formula({ source, isDisplay, isPending }: FormulaProps) {
  const [canDraw, setCanDraw] = useState(false);
  const [failed, setFailed] = useState<string | null>(null);
  const place = useRef<HTMLSpanElement>(null);
  const isDrawn = canDraw && !isPending && failed !== source;

  useEffect(() => {
    if (isPending) return undefined;
    let isCurrent = true;
    const load = async (): Promise<void> => {
      draw ??= (await import("./draw-formula.ts")).drawFormula;
      if (isCurrent) setCanDraw(true);
    };
    // If KaTeX can't be loaded, the source stays readable.
    load().catch(() => undefined);
    return () => {
      isCurrent = false;
    };
  }, [isPending]);
  useLayoutEffect(() => {
    if (!isDrawn || place.current === null || draw === undefined) return;
    if (!draw(source, place.current, isDisplay)) setFailed(source);
  }, [isDrawn, source, isDisplay]);

  const layout = isDisplay
    ? "block max-w-full [&_.katex-display]:my-1 overflow-x-auto overflow-y-hidden py-1 text-center"
    : "";
  return isDrawn ? (
    <span
      key="drawn"
      ref={place}
      dir="ltr"
      data-formula={isDisplay ? "display" : "inline"}
      tabIndex={isDisplay ? 0 : undefined}
      role={isDisplay ? "group" : undefined}
      aria-label={isDisplay ? "Formula" : undefined}
      className={layout}
    />
  ) : (
    <span
      key="source"
      dir="ltr"
      data-formula={isDisplay ? "display" : "inline"}
      className={`font-mono text-[0.9em] ${layout} ${isDisplay ? "whitespace-pre-wrap" : ""}`}
    >
      {source}
    </span>
  );
}
