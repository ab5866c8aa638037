import { isForeignKeyViolation, isUniqueViolation } from "./prisma-errors.ts";
import type { NewChunk } from "./rows.ts";

interface Job {
  readonly chunks: readonly NewChunk[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Milliseconds between the moments at which all answers of this process write together. */
const slotMs = 50;
/** Milliseconds that a write waits for others after such a moment, because timers are inexact. */
const gatherMs = 3;
/** Random, so that processes which share a database do not all write at the same moments. */
const phaseMs = Math.floor(Math.random() * slotMs);
/** Milliseconds since its last write for which another answer counts as in progress. */
const companyMs = 1_000;
/** At most this many answers share a statement, and wait together when it has to wait for a lock. */
const maxJobs = 100;

/**
 * Saves the chunks of all answers that this process produces. Chunks that arrive together share one statement, which
 * costs little more than a statement for one of them. The database refuses all rows of a statement when it refuses
 * one, so a refused statement is split in half, again and again, until only the offending answer gets the error.
 */
export class ChunkWriter {
  readonly #insert: (chunks: readonly NewChunk[]) => Promise<unknown>;
  #waiting: Job[] = [];
  #lastId: string | undefined;
  #lastAt = -Infinity;
  #sharedUntil = -Infinity;

  constructor(insert: (chunks: readonly NewChunk[]) => Promise<unknown>) {
    this.#insert = insert;
  }

  /**
   * Rounds a delay down, so that answers in progress at the same time write together.
   *
   * @param delay milliseconds until the write is due.
   * @returns milliseconds to wait: `delay`, or the time until the last shared moment before it.
   */
  slot(delay: number): number {
    if (!this.#isShared) return delay;
    const latest = delay - gatherMs;
    return Math.max(0, latest - ((Date.now() + latest - phaseMs) % slotMs));
  }

  /** @throws the database's error; a constraint violation only when these rows have caused it. */
  save(chunks: readonly NewChunk[]): Promise<void> {
    this.#note(chunks[0]?.messageId);
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) {
        const flush = (): void => this.#flush();
        if (this.#isShared) setTimeout(flush, gatherMs);
        else setImmediate(flush);
      }
      this.#waiting.push({ chunks, resolve, reject });
    });
  }

  /** True while several answers are in progress. */
  get #isShared(): boolean {
    return Date.now() < this.#sharedUntil;
  }

  #note(messageId: string | undefined): void {
    const now = Date.now();
    if (messageId !== this.#lastId && now - this.#lastAt < companyMs)
      this.#sharedUntil = now + companyMs;
    this.#lastId = messageId;
    this.#lastAt = now;
  }

  #flush(): void {
    const jobs = this.#waiting;
    this.#waiting = [];
    for (let first = 0; first < jobs.length; first += maxJobs)
      void this.#insertAll(jobs.slice(first, first + maxJobs));
  }

  async #insertAll(jobs: readonly Job[]): Promise<void> {
    try {
      await this.#insert(jobs.flatMap((job) => job.chunks));
      for (const job of jobs) job.resolve();
    } catch (error) {
      if (jobs.length === 1 || !isViolation(error)) {
        for (const job of jobs) job.reject(error);
        return;
      }
      const middle = Math.ceil(jobs.length / 2);
      await Promise.all([
        this.#insertAll(jobs.slice(0, middle)),
        this.#insertAll(jobs.slice(middle)),
      ]);
    }
  }
}

function isViolation(error: unknown): boolean {
  return isUniqueViolation(error) || isForeignKeyViolation(error);
}
