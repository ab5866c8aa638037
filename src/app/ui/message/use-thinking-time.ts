import { useEffect, useRef, useState } from "react";

/** When thoughts began, in milliseconds since 1970, by their id. */
const starts = "thinking:";

/** How many seconds they took. */
const sums = "thought:";

/**
 * Counts how long a model thinks, in whole seconds. The result is kept while the tab is open, because the server does not
 * know it.
 *
 * @returns null if nobody has seen the thoughts end
 */
export function useThinkingTime(
  id: string,
  isThinking: boolean,
  startedAt: string | null,
): number | null {
  const [seconds, setSeconds] = useState<number | null>(null);
  const watchedId = useRef("");
  useEffect(() => {
    if (!isThinking) {
      const start = watchedId.current === id ? read(starts + id) : null;
      if (start !== null) write(sums + id, secondsSince(start));
      watchedId.current = "";
      setSeconds(read(sums + id));
      return undefined;
    }
    watchedId.current = id;
    // Earlier than the page has known, if it was opened in the middle.
    const now = Date.now();
    const start =
      read(starts + id) ?? (startedAt === null ? now : Math.min(Date.parse(startedAt), now));
    write(starts + id, start);
    const update = (): void => setSeconds(secondsSince(start));
    update();
    const timer = setInterval(update, 1_000);
    return () => clearInterval(timer);
  }, [id, isThinking, startedAt]);
  return seconds;
}

function secondsSince(start: number): number {
  return Math.floor((Date.now() - start) / 1_000);
}

/** If storage is disabled, the times are known as long as the page is open. */
const unstored = new Map<string, number>();

function read(key: string): number | null {
  const known = unstored.get(key);
  if (known !== undefined) return known;
  try {
    const stored = sessionStorage.getItem(key);
    return stored === null ? null : Number(stored);
  } catch {
    return null;
  }
}

function write(key: string, value: number): void {
  unstored.set(key, value);
  try {
    sessionStorage.setItem(key, String(value));
  } catch {
    // See above.
  }
}
