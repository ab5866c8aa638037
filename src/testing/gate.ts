import { onAbort } from "../shared/on-abort.ts";

/** The place where scripts wait at a `hold`. It opens for the oldest first. */
export class Gate {
  readonly #waiting: (() => void)[] = [];
  readonly #watchers: (() => void)[] = [];
  #permits = 0;

  /** How many scripts are waiting. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Lets `count` scripts through. Permits that are not needed now are kept for later. */
  release(count: number): void {
    this.#permits += count;
    while (this.#permits > 0) {
      const open = this.#waiting.shift();
      if (open === undefined) return;
      this.#permits--;
      open();
    }
  }

  /** Resolves as soon as a script is waiting. */
  async reached(): Promise<void> {
    if (this.#waiting.length > 0) return;
    await new Promise<void>((resolve) => this.#watchers.push(resolve));
  }

  /** Waits for a permit. Rejects with the signal's reason when it aborts first. */
  async pass(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#permits > 0) {
      this.#permits--;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const open = (): void => {
        removeListener();
        resolve();
      };
      const removeListener = onAbort(signal, () => {
        this.#waiting.splice(this.#waiting.indexOf(open), 1);
        reject(signal.reason);
      });
      this.#waiting.push(open);
      for (const watcher of this.#watchers.splice(0)) watcher();
    });
  }
}
