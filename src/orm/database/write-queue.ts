/** Runs one task after the other. A failed task does not hold up the next one. */
export class WriteQueue {
  #last: Promise<unknown> = Promise.resolve();

  run<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(task, task);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

const key = Symbol.for("node-llm-trpc.sqlite-writes");

/**
 * The queue of all SQLite clients of this process. A driver that waits for a lock stops the whole process; if
 * another client of the same process held the lock, it could then never give it back.
 */
export function sqliteWriteQueue(): WriteQueue {
  // A bundler may load this module twice: the queue is the process's, not the module's.
  const shared = globalThis as { [key]?: WriteQueue };
  shared[key] ??= new WriteQueue();
  return shared[key];
}
