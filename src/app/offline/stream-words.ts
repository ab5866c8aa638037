import { setTimeout as sleep } from "node:timers/promises";

/**
 * Yields the text word by word, at a steady rate.
 *
 * @param wordsPerSecond may be `Infinity`
 * @throws the signal's reason when it aborts
 */
export async function* streamWords(
  text: string,
  wordsPerSecond: number,
  signal?: AbortSignal,
): AsyncGenerator<string> {
  const start = performance.now();
  const words = text.match(/\s*\S+/g) ?? [];
  for (const [index, word] of words.entries()) {
    const due = start + (index / wordsPerSecond) * 1_000;
    await pause(due - performance.now(), signal);
    yield word;
  }
}

/** Waits for the given time. Throws the signal's reason when it aborts. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  if (milliseconds <= 0) return;
  await sleep(milliseconds, undefined, signal === undefined ? {} : { signal });
}
