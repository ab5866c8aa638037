type CleanUp = () => Promise<void>;

/** What functions of the app have opened for an answer, to be closed when the answer ends or is refused. */
export class CleanUps {
  readonly #pending: CleanUp[] = [];
  #isKept = false;
  #isOver = false;

  /** @param cleanUp must not reject; it runs at once when the answer is over already. */
  add(cleanUp: CleanUp): void {
    if (this.#isOver) void cleanUp();
    else this.#pending.push(cleanUp);
  }

  /** Leaves the clean-ups to the answer, which runs them when it ends. */
  keep(): void {
    this.#isKept = true;
  }

  /** Runs each clean-up once, the newest first, because it may need what was opened before it. */
  async run(): Promise<void> {
    this.#isOver = true;
    for (let next = this.#pending.pop(); next !== undefined; next = this.#pending.pop()) {
      await next();
    }
  }

  /** Calls `begin`, and runs the clean-ups that no answer has kept. */
  static async around<Output>(begin: (cleanUps: CleanUps) => Promise<Output>): Promise<Output> {
    const cleanUps = new CleanUps();
    try {
      return await begin(cleanUps);
    } finally {
      if (!cleanUps.#isKept) await cleanUps.run();
    }
  }
}
