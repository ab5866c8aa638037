import { isForeignKeyViolation, isUniqueViolation } from "./prisma-errors.ts";
import type { ChunkKind } from "./rows.ts";

/** A row of an answer's log. */
export interface NewChunk {
  readonly messageId: string;
  readonly seq: number;
  readonly kind: ChunkKind;
  readonly text: string;
  readonly at: number;
}

interface Job {
  readonly chunks: readonly NewChunk[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** How far apart, in milliseconds, the moments are at which all answers of a process write. */
const slotMs = 50;
/** How long after such a moment, in milliseconds, the statement begins: timers are not that exact. */
const gatherMs = 3;
/** Where the slots of this process lie: processes that share a database are not to meet on it. */
const phaseMs = Math.floor(Math.random() * slotMs);
/** For so many milliseconds another answer counts as one that is still being written. */
const companyMs = 1_000;
/** A statement that waits for a lock keeps no more answers waiting than these. */
const mostJobs = 100;

/**
 * Saves the pieces of all answers of this process: those that come at the same time go into one statement, which
 * costs little more than one of them. The database refuses all of them when it refuses one; then the statement is
 * halved until each answer has learnt of its own fate and of no other's.
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
   * Milliseconds to wait instead of `delay`, never more: with several answers in progress, until the last moment before
   * it at which all of them write.
   */
  slot(delay: number): number {
    if (!this.#isShared) return delay;
    const latest = delay - gatherMs;
    return Math.max(0, latest - ((Date.now() + latest - phaseMs) % slotMs));
  }

  /** @throws the database's error; a violation only when these rows are the reason. */
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
    for (let first = 0; first < jobs.length; first += mostJobs)
      void this.#insertAll(jobs.slice(first, first + mostJobs));
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
