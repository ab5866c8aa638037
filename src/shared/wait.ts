/** Waits for so many milliseconds, or until the signal aborts. */
export async function wait(delay: number, signal: AbortSignal): Promise<void> {
  if (delay <= 0 || signal.aborted) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, delay);
    signal.addEventListener("abort", done, { once: true });
  });
}
