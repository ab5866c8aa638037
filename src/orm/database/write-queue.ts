import { isDeadlock } from "./prisma-errors.ts";

/**
 * How often a transaction is attempted that was rolled back for no fault of its own: it did not begin or end in time
 * (Prisma's `maxWait` of 2 s and `timeout` of 5 s), it was the victim of a deadlock, or SQLite was busy. SQLite also
 * refuses the first write of a transaction when a read came before it on the same connection and another process has
 * written since.
 */
export const maxAttempts = 4;

/** Runs tasks one after the other. The next one also runs when a task fails. */
export class WriteQueue {
  #last: Promise<unknown> = Promise.resolve();

  run<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(task, task);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

const queueKey = Symbol.for("node-llm-trpc.sqlite-writes");

/**
 * The queue that all SQLite clients of this process share. The driver blocks the process while it waits for a lock, so a
 * lock held by another client of the same process would never be released.
 */
export function sqliteWriteQueue(): WriteQueue {
  // Kept on the global object because a bundler may load this module twice.
  const shared = globalThis as { [queueKey]?: WriteQueue };
  shared[queueKey] ??= new WriteQueue();
  return shared[queueKey];
}

/** Runs a write again that the database has refused because of a deadlock. */
export async function retryDeadlocks<Result>(task: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await task();
    } catch (error) {
      if (attempt === maxAttempts || !isDeadlock(error)) throw error;
    }
  }
}
