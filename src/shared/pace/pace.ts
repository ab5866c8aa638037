import { performance } from "node:perf_hooks";
import { onAbort } from "../on-abort.ts";
import { turns } from "./turn-queue.ts";

/** The widest window, in milliseconds. */
const maxWindowMs = 200;
/** The event loop utilization, from 0 to 1, at which the window begins to widen, and at which it is widest. */
const idleLoad = 0.15;
const busyLoad = 0.8;

/**
 * Decides how long to gather chunks before they are passed on. A step costs the same however much text it carries, so
 * the window widens while the process is busy or late: a few large steps replace many small ones.
 */
export class Pace {
  readonly #idleMs: number;
  readonly #load: () => number;
  #lateness = 0;

  /**
   * @param idleMs the window of an idle process, in milliseconds.
   * @param load returns the event loop utilization, from 0 to 1.
   */
  constructor(idleMs = 25, load: () => number = processLoad) {
    this.#idleMs = idleMs;
    this.#load = load;
  }

  /** How long to gather chunks, given the present load, in milliseconds. */
  get window(): number {
    const strain = Math.min(1, Math.max(0, (this.#load() - idleLoad) / (busyLoad - idleLoad)));
    const busyMs = this.#idleMs + strain * (maxWindowMs - this.#idleMs);
    return Math.min(maxWindowMs, Math.round(busyMs + this.#lateness * 4));
  }

  /** Resolves when the window that began at `since` (by `performance.now()`) is over, or when the signal aborts. */
  async wait(since: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        cancel();
        removeListener?.();
        resolve();
      };
      let cancel = (): void => undefined;
      const removeListener = signal === undefined ? undefined : onAbort(signal, done);
      cancel = this.schedule(since, done);
    });
  }

  /**
   * Calls back when the window that began at `since` (by `performance.now()`) is over and a turn of the event loop has
   * time for it; at once if the window is over now.
   *
   * @returns a function that cancels the call.
   */
  schedule(since: number, callback: () => void): () => void {
    const window = this.window;
    // Windows that end at about the same time end together, in as few turns of the event loop as they need.
    const step = window / 5;
    const now = performance.now();
    if (since + window - now <= step) {
      callback();
      return () => undefined;
    }
    const due = Math.floor((since + window) / step) * step;
    let isCancelled = false;
    const timer = setTimeout(() => {
      turns.run(() => {
        if (isCancelled) return;
        const late = Math.max(0, performance.now() - due - 1);
        this.#lateness += (late - this.#lateness) / 8;
        callback();
      });
    }, due - now);
    return () => {
      isCancelled = true;
      clearTimeout(timer);
    };
  }
}

/** How often the load is measured, in milliseconds. */
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
