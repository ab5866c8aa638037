import type { RefObject } from "react";
import { useLayoutEffect, useRef } from "react";

/** Milliseconds. */
const duration = 180;

/** Lets the composer glide to its new place when the first message is sent, rather than jump. */
export function useMovingDock(isEmpty: boolean): RefObject<HTMLDivElement | null> {
  const dock = useRef<HTMLDivElement>(null);
  const start = useRef<number | null>(null);
  // Runs after each render, because the composer of an empty page moves as it grows. Later, measuring would cost too much.
  useLayoutEffect(() => {
    const element = dock.current;
    if (element === null) return;
    if (isEmpty) {
      start.current = element.getBoundingClientRect().top;
      return;
    }
    const from = start.current;
    start.current = null;
    if (from === null || window.matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const distance = from - element.getBoundingClientRect().top;
    element.animate([{ translate: `0 ${distance}px` }, { translate: "0 0" }], {
      duration,
      easing: "cubic-bezier(0.2, 0, 0, 1)",
    });
  });
  return dock;
}
