/** Where scripts wait for the test. The oldest waiter goes first. */
export class Gate {
  readonly #waiting: { readonly open: () => void }[] = [];
  readonly #watchers: (() => void)[] = [];
  #permits = 0;

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Lets waiters through; what is not needed now is kept for those who come later. */
  release(count: number): void {
    this.#permits += count;
    while (this.#permits > 0) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#permits--;
      next.open();
    }
  }

  /** Resolves as soon as somebody waits here. */
  async reached(): Promise<void> {
    if (this.#waiting.length > 0) return;
    await new Promise<void>((resolve) => this.#watchers.push(resolve));
  }

  /** Waits for a permit; rejects with the signal's reason when it aborts first. */
  async pass(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#permits > 0) {
      this.#permits--;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const abort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(signal.reason);
      };
      const waiter = {
        open: (): void => {
          signal.removeEventListener("abort", abort);
          resolve();
        },
      };
      signal.addEventListener("abort", abort, { once: true });
      this.#waiting.push(waiter);
      for (const watcher of this.#watchers.splice(0)) watcher();
    });
  }
}
