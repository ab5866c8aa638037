"use client";

import type { ReactNode } from "react";
import { useLayoutEffect, useRef, useState } from "react";

/** Shows the beginning of what is long, with a button for the rest. */
export function LongContent({ children }: { readonly children: ReactNode }) {
  const content = useRef<HTMLDivElement>(null);
  const [isLong, setIsLong] = useState(false);
  const [isWhole, setIsWhole] = useState(false);
  useLayoutEffect(() => {
    const element = content.current;
    if (element === null || isWhole) return undefined;
    const measure = (): void => setIsLong(element.scrollHeight > element.clientHeight + 1);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [isWhole, children]);
  return (
    <>
      <div
        ref={content}
        className="long-content"
        data-whole={isWhole || undefined}
        data-cut={(isLong && !isWhole) || undefined}
      >
        {children}
      </div>
      {isLong && (
        <button
          type="button"
          className="text-button mt-2"
          aria-expanded={isWhole}
          onClick={() => setIsWhole(!isWhole)}
        >
          {isWhole ? "Show less" : "Show all"}
        </button>
      )}
    </>
  );
}
