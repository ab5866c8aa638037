import { performance } from "node:perf_hooks";

const busiestMs = 200;
/** How much of its time, from 0 to 1, the process works when the window begins to widen, and when it is widest. */
const idleLoad = 0.2;
const busyLoad = 0.8;

/**
 * How long to gather chunks before they are handed on. Each step on their way costs the same however much text it
 * carries; so the window widens while the process is busy or late, and few large steps take the place of many.
 */
export class Pace {
  readonly #idleMs: number;
  readonly #load: () => number;
  #lateness = 0;

  /**
   * @param idleMs the window when the process has time.
   * @param load the share of its time that the process works.
   */
  constructor(idleMs = 25, load: () => number = processLoad) {
    this.#idleMs = idleMs;
    this.#load = load;
  }

  get window(): number {
    const strain = Math.min(1, Math.max(0, (this.#load() - idleLoad) / (busyLoad - idleLoad)));
    const busyMs = this.#idleMs + strain * (busiestMs - this.#idleMs);
    return Math.min(busiestMs, Math.round(busyMs + this.#lateness * 4));
  }

  /** Waits until the window that began at `since` (of `performance.now()`) is about over. */
  async wait(since: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        cancel();
        signal?.removeEventListener("abort", done);
        resolve();
      };
      let cancel = (): void => undefined;
      signal?.addEventListener("abort", done, { once: true });
      cancel = this.schedule(since, done);
    });
  }

  /**
   * Calls back when the window that began at `since` (of `performance.now()`) is about over: at once, when it is.
   * Returns what cancels the call.
   */
  schedule(since: number, callback: () => void): () => void {
    const window = this.window;
    // Windows that end at about the same time end together: that is one turn of the event loop for all.
    const step = window / 5;
    const now = performance.now();
    if (since + window - now <= step) {
      callback();
      return () => undefined;
    }
    const due = Math.floor((since + window) / step) * step;
    const timer = setTimeout(() => {
      const late = Math.max(0, performance.now() - due - 1);
      this.#lateness += (late - this.#lateness) / 8;
      callback();
    }, due - now);
    return () => clearTimeout(timer);
  }
}

/** How often the load is looked at, in milliseconds. */
const sampleMs = 100;
let sampledAt = 0;
let sample: ReturnType<typeof performance.eventLoopUtilization> | undefined;
let load = 0;

function processLoad(): number {
  const now = performance.now();
  if (now - sampledAt < sampleMs) return load;
  sampledAt = now;
  const next = performance.eventLoopUtilization();
  const { utilization } =
    sample === undefined ? next : performance.eventLoopUtilization(next, sample);
  sample = next;
  load += (utilization - load) / 4;
  return load;
}
