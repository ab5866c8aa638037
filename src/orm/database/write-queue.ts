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
