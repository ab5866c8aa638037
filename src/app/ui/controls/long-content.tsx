"use client";

import type { ReactNode } from "react";
import { useLayoutEffect, useRef, useState } from "react";
import { Button } from "./button.tsx";

interface LongContentProps {
  readonly children: ReactNode;
  readonly className?: string;
}

/** Clips long content, with a button to show all of it. */
export function LongContent({ children, className = "" }: LongContentProps) {
  const content = useRef<HTMLDivElement>(null);
  const [isLong, setIsLong] = useState(false);
  const [isExpanded, setIsExpanded] = useState(false);
  const isCut = isLong && !isExpanded;
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
        className={`${isExpanded ? "" : "max-h-60 overflow-hidden"} ${
          isCut ? "mask-b-from-[calc(100%-2.5rem)]" : ""
        } ${className}`}
      >
        {children}
      </div>
      {isLong && (
        <Button
          className="mt-2"
          aria-expanded={isExpanded}
          onClick={() => setIsExpanded(!isExpanded)}
        >
          {isExpanded ? "Show less" : "Show all"}
        </Button>
      )}
    </>
  );
}
