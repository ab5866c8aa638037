import type { RefObject } from "react";
import { useEffect, useRef } from "react";

/** Calls `onVisible` when the element with the returned ref comes within `rootMargin` of the viewport. */
export function useWhenVisible(
  onVisible: () => unknown,
  rootMargin: string,
): RefObject<HTMLDivElement | null> {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) void onVisible();
      },
      { rootMargin },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [onVisible, rootMargin]);
  return place;
}
