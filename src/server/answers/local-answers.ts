import type { EndReason } from "../../orm/turn/turn-control.ts";
import { onAbort } from "../../shared/on-abort.ts";
import { maxFinishMs } from "../../orm/turn/finish-turn.ts";
import type { DrainReport } from "../create-drain.ts";
import { shuttingDown } from "../errors.ts";

/** How long a drain waits until interrupted answers are saved, and the app was told of them, in milliseconds. */
const settleMs = 5_000 + maxFinishMs;

interface LocalAnswer {
  /** Ends the answer because the process shuts down. */
  readonly interrupt: () => void;
  /** Resolves when the answer has ended and is saved. */
  readonly settled: Promise<EndReason>;
  /** Resolves when the chat has its title, too. */
  readonly finished: Promise<void>;
}

/** The answers that this process produces. A drain waits for them. */
export class LocalAnswers {
  readonly #unsettled = new Set<LocalAnswer>();
  readonly #unfinished = new Set<Pick<LocalAnswer, "finished">>();
  /** The drains that wait for a change. */
  readonly #waiting = new Set<() => void>();
  /** The number of turns that are being begun. */
  #beginning = 0;
  #isAccepting = true;
  /** True after the timeout of a drain. */
  #isExpired = false;
  /** True when the interrupted answers took too long to be saved. */
  #isGivenUp = false;
  #giveUpTimer: NodeJS.Timeout | undefined;
  #ended = 0;
  #interrupted = 0;

  /** False once a drain has started. */
  get isAccepting(): boolean {
    return this.#isAccepting;
  }

  /** @throws ChatError `SERVICE_UNAVAILABLE` once a drain has started. */
  checkAccepting(): void {
    if (!this.#isAccepting) throw shuttingDown();
  }

  /**
   * Calls `begin`, which begins a turn, in a way that a drain waits for. Add the answer as soon as this resolves.
   *
   * @throws ChatError `SERVICE_UNAVAILABLE` once a drain has started.
   */
  async begin<Begun>(begin: () => Promise<Begun>): Promise<Begun> {
    this.checkAccepting();
    this.#beginning++;
    try {
      return await begin();
    } finally {
      // The caller adds the answer first.
      setImmediate(() => {
        this.#beginning--;
        this.#wake();
      });
    }
  }

  /** Adds an answer until it is finished. */
  add(answer: LocalAnswer): void {
    this.#unsettled.add(answer);
    void answer.settled.then((reason) => {
      this.#unsettled.delete(answer);
      if (reason === "interrupted") this.#interrupted++;
      else this.#ended++;
      this.#wake();
    });
    this.addWork(answer.finished);
    if (this.#isExpired) answer.interrupt();
  }

  /** Adds work that a drain waits for, like the title of a chat. It must not reject. */
  addWork(finished: Promise<void>): void {
    const work = { finished };
    this.#unfinished.add(work);
    void finished.then(() => {
      this.#unfinished.delete(work);
      this.#wake();
    });
  }

  /**
   * Accepts no new turns from now on, and waits for those that have begun.
   *
   * @param expired interrupts the answers in progress when it aborts.
   */
  async drain(expired: AbortSignal): Promise<DrainReport> {
    this.#isAccepting = false;
    this.#ended = 0;
    this.#interrupted = 0;
    const removeListener = onAbort(expired, () => this.#interruptAll());
    while (this.#hasWork) await new Promise<void>((resolve) => this.#waiting.add(resolve));
    clearTimeout(this.#giveUpTimer);
    removeListener();
    return {
      ended: this.#ended,
      interrupted: this.#interrupted,
      unsettled: this.#unsettled.size,
    };
  }

  #interruptAll(): void {
    this.#isExpired = true;
    for (const answer of this.#unsettled) answer.interrupt();
    this.#giveUpTimer = setTimeout(() => {
      this.#isGivenUp = true;
      this.#wake();
    }, settleMs);
    this.#wake();
  }

  get #hasWork(): boolean {
    if (this.#isGivenUp) return false;
    if (this.#beginning > 0 || this.#unsettled.size > 0) return true;
    // After the timeout, titles are not waited for.
    return this.#unfinished.size > 0 && !this.#isExpired;
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
