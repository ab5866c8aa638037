import { performance } from "node:perf_hooks";
// Not the global one, which an app's tests may replace: the queue would wait for it for good.
import { setImmediate } from "node:timers";

/** How much of one turn of the event loop the tasks may take, in milliseconds. */
const shareMs = 4;

/**
 * Spreads tasks that are due at the same time over several turns of the event loop. Except on Windows, Node.js accepts
 * one connection in each turn (https://github.com/libuv/libuv/pull/3696), and a request to the database takes several
 * turns, so in long ones everybody waits.
 */
export class TurnQueue {
  readonly #now: () => number;
  /** When the share of this turn is used up; null before the first task of a turn. */
  #endsAt: number | null = null;
  #waiting = 0;

  /** @param now returns the time in milliseconds. */
  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  /** Runs a task: at once if this turn has time for it, otherwise after those that came before. */
  run(task: () => void): void {
    if (this.#waiting === 0 && this.#hasTime(this.#now())) task();
    else this.runLater(task);
  }

  /** Runs a task in a later phase of the event loop, when there is time for it. */
  runLater(task: () => void): void {
    this.#waiting++;
    // Each task has a callback of its own: the promises that it settles are then served before the next one runs.
    setImmediate(() => {
      this.#waiting--;
      if (this.#hasTime(this.#now())) task();
      else this.runLater(task);
    });
  }

  #hasTime(now: number): boolean {
    if (this.#endsAt === null) {
      this.#endsAt = now + shareMs;
      setImmediate(() => (this.#endsAt = null));
    }
    return now < this.#endsAt;
  }
}

/** What passes on the text of this process's answers, step by step, and begins to read for those who ask. */
export const turns = new TurnQueue();
