import { onAbort } from "./on-abort.ts";
import { timerDelay } from "./timer-delay.ts";

/** Resolves after `ms` milliseconds, or as soon as the signal aborts. */
export async function wait(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0 || signal.aborted) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      removeListener();
      resolve();
    };
    const timer = setTimeout(done, timerDelay(ms));
    const removeListener = onAbort(signal, done);
  });
}
