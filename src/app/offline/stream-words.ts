import { setTimeout as sleep } from "node:timers/promises";

/** Words with the space before them. */
const words = /\s*\S+/g;

/** Words and quotation marks, so that JSON grows by its names and by the words of its values. */
export const jsonWords = /\s*(?:"|[^\s"]+)/g;

/**
 * Yields the text word by word, at a steady rate.
 *
 * @param wordsPerSecond may be `Infinity`
 * @param pattern what counts as a word
 * @throws the signal's reason when it aborts
 */
export async function* streamWords(
  text: string,
  wordsPerSecond: number,
  signal?: AbortSignal,
  pattern: RegExp = words,
): AsyncGenerator<string> {
  const start = performance.now();
  for (const [index, word] of (text.match(pattern) ?? []).entries()) {
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
