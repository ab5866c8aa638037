import type { EndReason } from "../../orm/turn/turn-control.ts";
import type { DrainReport } from "../create-drain.ts";
import { shuttingDown } from "../errors.ts";

/** How long an answer that was interrupted may take to be saved, in milliseconds. */
const settleMs = 5_000;

interface OwnAnswer {
  /** Ends the answer as one whose process goes away. */
  readonly interrupt: () => void;
  /** Resolves when the end of the answer has been saved. */
  readonly settled: Promise<EndReason>;
  /** Resolves when the work after the answer, its title, is done as well. */
  readonly finished: Promise<void>;
}

/** The answers that this process produces, and the way to end them all. */
export class OwnAnswers {
  readonly #running = new Set<OwnAnswer>();
  readonly #following = new Set<Promise<void>>();
  readonly #waiting = new Set<() => void>();
  #beginning = 0;
  #isAccepting = true;
  #mustEnd = false;
  #isGivenUp = false;
  #patience: NodeJS.Timeout | undefined;
  #ended = 0;
  #interrupted = 0;

  get isAccepting(): boolean {
    return this.#isAccepting;
  }

  /** @throws ChatError `SERVICE_UNAVAILABLE` when the process takes no new turns. */
  checkAccepting(): void {
    if (!this.#isAccepting) throw shuttingDown();
  }

  /**
   * Begins a turn, unless the process takes no new ones. Its answer must be added as soon as this resolves.
   *
   * @throws ChatError `SERVICE_UNAVAILABLE`
   */
  async begin<Begun>(begin: () => Promise<Begun>): Promise<Begun> {
    this.checkAccepting();
    this.#beginning++;
    try {
      return await begin();
    } finally {
      // After the caller, who adds the answer.
      setImmediate(() => {
        this.#beginning--;
        this.#wake();
      });
    }
  }

  add(answer: OwnAnswer): void {
    this.#running.add(answer);
    this.#following.add(answer.finished);
    void answer.settled.then((reason) => {
      this.#running.delete(answer);
      if (reason === "interrupted") this.#interrupted++;
      else this.#ended++;
      this.#wake();
    });
    void answer.finished.then(() => {
      this.#following.delete(answer.finished);
      this.#wake();
    });
    if (this.#mustEnd) answer.interrupt();
  }

  /** Takes no new turns. Resolves when all have ended: by themselves, or interrupted when `expired` aborts. */
  async drain(expired: AbortSignal): Promise<DrainReport> {
    this.#isAccepting = false;
    this.#ended = 0;
    this.#interrupted = 0;
    const end = (): void => this.#end();
    if (expired.aborted) end();
    else expired.addEventListener("abort", end, { once: true });
    while (this.#hasWork) await new Promise<void>((go) => this.#waiting.add(go));
    clearTimeout(this.#patience);
    expired.removeEventListener("abort", end);
    return {
      ended: this.#ended,
      interrupted: this.#interrupted,
      unsettled: this.#running.size,
    };
  }

  #end(): void {
    this.#mustEnd = true;
    for (const answer of this.#running) answer.interrupt();
    this.#patience = setTimeout(() => {
      this.#isGivenUp = true;
      this.#wake();
    }, settleMs);
    this.#wake();
  }

  get #hasWork(): boolean {
    if (this.#isGivenUp) return false;
    if (this.#beginning > 0 || this.#running.size > 0) return true;
    // A title is not worth the wait beyond the limit.
    return this.#following.size > 0 && !this.#mustEnd;
  }

  #wake(): void {
    for (const go of this.#waiting) go();
    this.#waiting.clear();
  }
}
