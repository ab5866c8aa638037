import { useEffect, useState } from "react";

const prefix = "thought:";

/**
 * Counts how long a model thinks, in whole seconds. The result is kept while the tab is open, because the server does not
 * know it.
 *
 * @returns null if nobody has watched
 */
export function useThinkingTime(
  id: string,
  isThinking: boolean,
  startedAt: string | null,
): number | null {
  const [seconds, setSeconds] = useState<number | null>(null);
  useEffect(() => {
    if (!isThinking) {
      setSeconds(read(id));
      return undefined;
    }
    // Earlier than the page has known, if it was opened in the middle.
    const start = startedAt === null ? Date.now() : Math.min(Date.parse(startedAt), Date.now());
    const update = (): void => {
      const passed = Math.floor((Date.now() - start) / 1_000);
      setSeconds(passed);
      write(id, passed);
    };
    update();
    const timer = setInterval(update, 1_000);
    return () => {
      clearInterval(timer);
      update();
    };
  }, [id, isThinking, startedAt]);
  return seconds;
}

/** If storage is disabled, the time is known as long as the page is open. */
const unstored = new Map<string, number>();

function read(id: string): number | null {
  const known = unstored.get(id);
  if (known !== undefined) return known;
  try {
    const stored = sessionStorage.getItem(prefix + id);
    return stored === null ? null : Number(stored);
  } catch {
    return null;
  }
}

function write(id: string, seconds: number): void {
  unstored.set(id, seconds);
  try {
    sessionStorage.setItem(prefix + id, String(seconds));
  } catch {
    // See above.
  }
}
