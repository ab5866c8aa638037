import type { InContext } from "../context/async-context.ts";
import { keepContext, runOutside } from "../context/async-context.ts";
import { ContextNeed } from "./context-need.ts";
import { isForeignKeyViolation, isUnavailable, isUniqueViolation } from "./prisma-errors.ts";
import type { NewChunk } from "./rows.ts";

interface Job {
  readonly chunks: readonly NewChunk[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  /** Runs a statement in the context of the answer. */
  readonly inContext: InContext;
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
  readonly #contextNeed: ContextNeed;
  #waiting: Job[] = [];
  #lastId: string | undefined;
  #lastAt = -Infinity;
  #sharedUntil = -Infinity;

  /**
   * @param insert runs one statement.
   * @param contextNeed whether each answer has to write for itself. The writer may be the one to find out.
   */
  constructor(
    insert: (chunks: readonly NewChunk[]) => Promise<unknown>,
    contextNeed = new ContextNeed(false),
  ) {
    this.#insert = insert;
    this.#contextNeed = contextNeed;
  }

  /**
   * Rounds a delay down, so that answers in progress at the same time write together.
   *
   * @param delay milliseconds until the write is due.
   * @returns milliseconds to wait, which may be below 0 as `delay` may: `delay`, or the time until the last shared moment
   *   before it.
   */
  slot(delay: number): number {
    if (!this.#isShared) return delay;
    const latest = delay - gatherMs;
    return Math.max(0, latest - ((Date.now() + latest - phaseMs) % slotMs));
  }

  /** @throws the database's error; a constraint violation only when these rows have caused it. */
  async save(chunks: readonly NewChunk[]): Promise<void> {
    if (this.#contextNeed.isKnown) {
      await this.#insert(chunks);
      return;
    }
    this.#note(chunks[0]?.messageId);
    await new Promise<void>((resolve, reject) => {
      if (this.#waiting.length === 0) runOutside(() => this.#schedule());
      this.#waiting.push({ chunks, resolve, reject, inContext: keepContext() });
    });
  }

  #schedule(): void {
    const flush = (): void => this.#flush();
    if (this.#isShared) setTimeout(flush, gatherMs);
    else setImmediate(flush);
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

  /** @returns true when all of it was saved. */
  async #insertAll(jobs: readonly Job[]): Promise<boolean> {
    const [first] = jobs;
    if (first === undefined) return true;
    if (jobs.length === 1) return this.#insertOne(first);
    try {
      await this.#insert(jobs.flatMap((job) => job.chunks));
      for (const job of jobs) job.resolve();
      return true;
    } catch (error) {
      const isSaved = isViolation(error)
        ? await this.#insertHalves(jobs)
        : await this.#insertEach(jobs, error);
      // Each answer could write for itself what was refused outside of their contexts.
      if (isSaved) this.#contextNeed.noteRefusal(error);
      return isSaved;
    }
  }

  /** An answer that writes alone does so in its own context. */
  async #insertOne({ chunks, inContext, resolve, reject }: Job): Promise<boolean> {
    try {
      await inContext(() => this.#insert(chunks));
      resolve();
      return true;
    } catch (error) {
      reject(error);
      return false;
    }
  }

  async #insertHalves(jobs: readonly Job[]): Promise<boolean> {
    const middle = Math.ceil(jobs.length / 2);
    const saved = await Promise.all([
      this.#insertAll(jobs.slice(0, middle)),
      this.#insertAll(jobs.slice(middle)),
    ]);
    return saved.every(Boolean);
  }

  /** The client may refuse a statement that is in no context. One answer finds out for all of them. */
  async #insertEach(jobs: readonly Job[], refusal: unknown): Promise<boolean> {
    const [first, ...rest] = jobs;
    const isRefused = first !== undefined && !isUnavailable(refusal);
    if (isRefused && (await this.#insertOne(first))) {
      const saved = await Promise.all(rest.map((job) => this.#insertOne(job)));
      return saved.every(Boolean);
    }
    for (const job of jobs) job.reject(refusal);
    return false;
  }
}

function isViolation(error: unknown): boolean {
  return isUniqueViolation(error) || isForeignKeyViolation(error);
}
