import type { RefObject } from "react";
import { useEffect, useRef } from "react";

/**
 * Calls `onVisible` when the element with the returned ref comes within `rootMargin` of the visible
 * part of `root`, a selector for one of its ancestors; without it, of the viewport.
 */
export function useWhenVisible(
  onVisible: () => unknown,
  rootMargin: string,
  root?: string,
): RefObject<HTMLDivElement | null> {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) void onVisible();
      },
      { root: root === undefined ? null : element.closest(root), rootMargin },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [onVisible, rootMargin, root]);
  return place;
}
