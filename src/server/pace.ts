const busiestMs = 200;

/**
 * How long to gather chunks before a reader gets them. Each event costs the same however much text it
 * carries; so the window widens while the process is late, and few large events take the place of many.
 */
export class Pace {
  readonly #idleMs: number;
  #lateness = 0;

  /** @param idleMs the shortest time between two events to one reader, when the process has time. */
  constructor(idleMs = 25) {
    this.#idleMs = idleMs;
  }

  get window(): number {
    return Math.min(busiestMs, Math.round(this.#idleMs + this.#lateness * 4));
  }

  /** Waits until the window that began at `since` (of `performance.now()`) is over. */
  async wait(since: number, signal: AbortSignal): Promise<void> {
    const due = since + this.window;
    const delay = due - performance.now();
    if (delay <= 0 || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(() => {
        const late = Math.max(0, performance.now() - due - 1);
        this.#lateness += (late - this.#lateness) / 8;
        done();
      }, delay);
      signal.addEventListener("abort", done, { once: true });
    });
  }
}
