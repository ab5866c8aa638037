import type { RefObject } from "react";
import { useLayoutEffect, useRef } from "react";

/** Milliseconds. */
const duration = 180;

/** Lets the composer glide to its new place when the first message is sent, rather than jump. */
export function useMovingDock(isEmpty: boolean): RefObject<HTMLDivElement | null> {
  const dock = useRef<HTMLDivElement>(null);
  const last = useRef<{ readonly isEmpty: boolean; readonly top: number } | null>(null);
  useLayoutEffect(() => {
    const element = dock.current;
    if (element === null) return;
    const { top } = element.getBoundingClientRect();
    const before = last.current;
    last.current = { isEmpty, top };
    if (before === null || before.isEmpty === isEmpty || before.top === top) return;
    if (window.matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    element.animate([{ translate: `0 ${before.top - top}px` }, { translate: "0 0" }], {
      duration,
      easing: "cubic-bezier(0.2, 0, 0, 1)",
    });
  });
  return dock;
}
