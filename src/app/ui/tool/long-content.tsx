"use client";

import type { ReactNode } from "react";
import { useLayoutEffect, useRef, useState } from "react";

/** Clips long content, with a button to show all of it. */
export function LongContent({ children }: { readonly children: ReactNode }) {
  const content = useRef<HTMLDivElement>(null);
  const [isLong, setIsLong] = useState(false);
  const [isExpanded, setIsExpanded] = useState(false);
  useLayoutEffect(() => {
    const element = content.current;
    if (element === null || isExpanded) return undefined;
    const measure = (): void => setIsLong(element.scrollHeight > element.clientHeight + 1);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [isExpanded, children]);
  return (
    <>
      <div
        ref={content}
        className="long-content"
        data-whole={isExpanded || undefined}
        data-cut={(isLong && !isExpanded) || undefined}
      >
        {children}
      </div>
      {isLong && (
        <button
          type="button"
          className="text-button mt-2"
          aria-expanded={isExpanded}
          onClick={() => setIsExpanded(!isExpanded)}
        >
          {isExpanded ? "Show less" : "Show all"}
        </button>
      )}
    </>
  );
}
