import { onAbort } from "./on-abort.ts";

/**
 * Settles with the promise, or rejects as soon as the signal aborts. The outcome of the abandoned promise is then
 * ignored.
 */
export async function abortable<Result>(
  promise: Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  let removeListener = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    removeListener = onAbort(signal, () => reject(abortReason(signal)));
  });
  aborted.catch(() => undefined);
  promise.catch(() => undefined);
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    removeListener();
  }
}

/** Does what `abortable` does for any number of promises, with a single listener on the signal. */
export class Waiter {
  readonly #signal: AbortSignal;
  readonly #removeListener: () => void;
  #reject: (reason: unknown) => void = () => undefined;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    this.#removeListener = onAbort(signal, () => this.#reject(abortReason(signal)));
  }

  /**
   * Settles with the promise, or rejects as soon as the signal aborts. The outcome of the abandoned promise is then
   * ignored.
   */
  wait<Result>(promise: Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      promise.then(resolve, reject);
      if (this.#signal.aborted) reject(abortReason(this.#signal));
      else this.#reject = reject;
    });
  }

  /** Stops listening to the signal. */
  end(): void {
    this.#removeListener();
  }
}

/** Resolves when the promise settles, or after `ms` milliseconds, whichever comes first. */
export async function settled(promise: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([promise.catch(() => undefined), late]).finally(() => clearTimeout(timer));
}

/** What the signal was aborted with. */
export function abortReason(signal: AbortSignal): unknown {
  return signal.reason ?? abortError();
}

/** The error that Node and browsers abort with by default. */
export function abortError(): DOMException {
  return new DOMException("This operation was aborted", "AbortError");
}
