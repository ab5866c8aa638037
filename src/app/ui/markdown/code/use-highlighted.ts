import type { RefObject } from "react";
import { useEffect, useRef, useState } from "react";
import type { CodeChunk, Highlighter } from "./highlighter.ts";

interface Highlighted {
  /** Null until the language is loaded, and if it is unknown. */
  readonly chunks: readonly CodeChunk[] | null;
  /** The element whose appearance starts the loading. */
  readonly ref: RefObject<HTMLElement | null>;
}

/** Highlights code once it is on the screen, also while it grows. */
export function useHighlighted(code: string, language: string): Highlighted {
  const [ready, setReady] = useState<{
    readonly language: string;
    readonly highlighter: Highlighter;
  } | null>(null);
  const ref = useRef<HTMLElement>(null);
  const isVisible = useWasVisible(ref);

  useEffect(() => {
    if (language === "" || !isVisible) return undefined;
    let isCurrent = true;
    const load = async (): Promise<void> => {
      const { Highlighter, prepareLanguage } = await import("./highlighter.ts");
      const name = await prepareLanguage(language);
      if (isCurrent && name !== null) setReady({ language, highlighter: new Highlighter(name) });
    };
    // If it can't be loaded, the code stays readable without colors.
    load().catch(() => undefined);
    return () => {
      isCurrent = false;
    };
  }, [language, isVisible]);

  const chunks = ready?.language === language ? ready.highlighter.read(code) : null;
  return { chunks, ref };
}

/** Returns true once the element has come near the visible part of the page. */
function useWasVisible(ref: RefObject<HTMLElement | null>): boolean {
  const [wasVisible, setWasVisible] = useState(false);
  useEffect(() => {
    const element = ref.current;
    if (element === null || wasVisible) return undefined;
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) setWasVisible(true);
      },
      { rootMargin: "600px", scrollMargin: "600px" },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref, wasVisible]);
  return wasVisible;
}
