/** How many tasks of one scope run at once. */
const maxAtOnce = 4;

interface Gate {
  running: number;
  readonly waiting: (() => void)[];
}

/**
 * Lets a process run only a few tasks of each scope at once. The database would let them wait for each other anyway, and
 * meanwhile they would keep its connections from the answers and the users that need them.
 */
export class ScopeGate {
  readonly #gates = new Map<string, Gate>();

  /** Runs a task when it is its turn among those of its scope. */
  async run<Result>(scope: string, task: () => Promise<Result>): Promise<Result> {
    const gate = this.#gates.get(scope) ?? { running: 0, waiting: [] };
    this.#gates.set(scope, gate);
    if (gate.running < maxAtOnce) gate.running++;
    else await new Promise<void>((resolve) => gate.waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = gate.waiting.shift();
      // SQLite's driver never lets the event loop turn, so that answers would wait for all of the tasks.
      if (next !== undefined) setImmediate(next);
      else if (--gate.running === 0) this.#gates.delete(scope);
    }
  }
}
