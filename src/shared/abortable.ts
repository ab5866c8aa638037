/** Settles with the promise, or rejects as soon as the signal aborts; the promise may then end unseen. */
export async function abortable<Result>(
  promise: Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(abortReason(signal));
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
  aborted.catch(() => undefined);
  promise.catch(() => undefined);
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** `abortable` for one promise after the other: listens to the signal once for all of them. */
export class Waiter {
  readonly #signal: AbortSignal;
  readonly #onAbort = (): void => this.#reject(abortReason(this.#signal));
  #reject: (reason: unknown) => void = () => undefined;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Settles with the promise, or rejects as soon as the signal aborts; the promise may then end unseen. */
  wait<Result>(promise: Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      promise.then(resolve, reject);
      if (this.#signal.aborted) reject(abortReason(this.#signal));
      else this.#reject = reject;
    });
  }

  end(): void {
    this.#signal.removeEventListener("abort", this.#onAbort);
  }
}

/** Waits until the promise settles, but no longer than so many milliseconds. */
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

export function abortError(): DOMException {
  return new DOMException("The answer was stopped.", "AbortError");
}
