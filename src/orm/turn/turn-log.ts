import type { NewChunk } from "../database/chunk-writer.ts";
import type { Database } from "../database/database.ts";
import { isForeignKeyViolation, isUniqueViolation } from "../database/prisma-errors.ts";
import type { ChunkKind } from "../database/rows.ts";

/** At most this much text, in milliseconds, is lost when the process is killed. */
const saveIntervalMs = 250;
/** While no text arrives, a beat says that the process lives, and finds out whether to stop. */
const beatIntervalMs = 750;
/** An answer that has not been heard of for this long has lost its process. */
export const leaseMs = 7_000;

/** Why a producer may not go on: somebody asked it to stop, or the message is no longer its own. */
export type LogInterruption = "stop" | "lost";

interface Entry {
  readonly kind: ChunkKind;
  text: string;
}

/**
 * Saves an answer while it is produced, by appending to its log. One row of the log has one number, and
 * the database takes it once: whoever wants the producer to stop, or takes the message over, writes the
 * next number first, and the producer's own write then fails and tells it so. So each write is a save,
 * a sign of life and the question whether to go on, in one statement.
 */
export class TurnLog {
  readonly #db: Database;
  readonly #messageId: string;
  readonly #startedAt: number;
  readonly #onInterrupt: (reason: LogInterruption) => void;
  readonly #onFailure: (error: unknown) => void;
  #entries: Entry[] = [];
  /** When the oldest entry came. */
  #since = 0;
  #seq: number;
  readonly #firstSeq: number;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> | null = null;
  #lastSuccess: number;
  #closed = false;
  /** A write has failed, and may have been made all the same. */
  #isUncertain = false;

  constructor(options: {
    db: Database;
    messageId: string;
    /** Where the log goes on; 0 for a new answer. */
    firstSeq: number;
    startedAt: Date;
    onInterrupt: (reason: LogInterruption) => void;
    /** The database has not taken a write for as long as the lease lasts. */
    onFailure: (error: unknown) => void;
  }) {
    this.#db = options.db;
    this.#messageId = options.messageId;
    this.#firstSeq = options.firstSeq;
    this.#seq = options.firstSeq;
    this.#startedAt = options.startedAt.getTime();
    this.#onInterrupt = options.onInterrupt;
    this.#onFailure = options.onFailure;
    this.#lastSuccess = Date.now();
    // Who takes up an answer asks at once whether it has been stopped meanwhile.
    this.#schedule(options.firstSeq === 0 ? beatIntervalMs : 0);
  }

  /** True when rows have been written: their text then needs no second way to the database. */
  get hasRows(): boolean {
    return this.#seq > this.#firstSeq;
  }

  /** The number of the next row. */
  get seq(): number {
    return this.#seq;
  }

  /** Milliseconds since the answer began. */
  get age(): number {
    return Math.min(Date.now() - this.#startedAt, 2_147_483_647);
  }

  /** @param waitedMs for how long the text has been on its way in this process: it is not to wait for that long again. */
  append(kind: "text" | "thinking" | "tool", text: string, waitedMs = 0): void {
    if (this.#closed || text === "") return;
    const last = this.#entries.at(-1);
    if (last !== undefined && last.kind === kind && kind !== "tool") last.text += text;
    else this.#entries.push({ kind, text });
    if (last !== undefined) return;
    this.#since = Date.now() - waitedMs;
    this.#schedule(Math.max(0, saveIntervalMs - waitedMs));
  }

  /** Ends the log. Resolves to what has not been saved, once no write is under way. */
  async close(): Promise<readonly { readonly kind: ChunkKind; readonly text: string }[]> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#writing;
    if (this.#isUncertain) {
      const interruption = await this.catchUp();
      if (interruption !== null) this.#onInterrupt(interruption);
    }
    return this.#entries;
  }

  #toChunks(entries: readonly Entry[]): NewChunk[] {
    const at = this.age;
    return entries.map(({ kind, text }, index) => ({
      messageId: this.#messageId,
      seq: this.#seq + index,
      kind,
      text,
      at,
    }));
  }

  /** Rows that are there already: somebody else's, or our own of a write whose success we were not told of. */
  async catchUp(): Promise<LogInterruption | null> {
    const rows =
      (await this.#db.chunk?.findMany({
        where: { messageId: this.#messageId, seq: { gte: this.#seq } },
        orderBy: { seq: "asc" },
      })) ?? [];
    let interruption: LogInterruption | null = null;
    for (const row of rows) {
      this.#seq = row.seq + 1;
      if (row.kind === "fence") return "lost";
      if (row.kind === "stop") interruption = "stop";
      else this.#dropSaved(row);
    }
    return interruption;
  }

  #dropSaved(row: { readonly kind: string; readonly text: string }): void {
    const [first] = this.#entries;
    if (first?.kind !== row.kind || !first.text.startsWith(row.text)) return;
    first.text = first.text.slice(row.text.length);
    if (first.text === "") this.#entries.shift();
  }

  #schedule(delay: number): void {
    // One write at a time: it plans the next one when it ends.
    if (this.#writing !== null) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#writing = this.#save().then((isSaved) => {
        this.#writing = null;
        if (this.#closed) return;
        if (this.#entries.length === 0) this.#schedule(beatIntervalMs);
        else if (!isSaved) this.#schedule(saveIntervalMs);
        else this.#schedule(this.#since + saveIntervalMs - Date.now());
      });
    }, this.#db.chunkWriter.slot(delay));
  }

  /** True when the entries have been saved. */
  async #save(): Promise<boolean> {
    const entries = this.#takeEntries();
    const rows = entries.length > 0 ? entries : [{ kind: "beat" as const, text: "" }];
    try {
      await this.#db.chunkWriter.save(this.#toChunks(rows));
      this.#seq += rows.length;
      this.#lastSuccess = Date.now();
      this.#isUncertain = false;
      return true;
    } catch (error) {
      this.#isUncertain = true;
      this.#entries = [...entries, ...this.#entries];
      await this.#onWriteError(error);
      return false;
    }
  }

  async #onWriteError(error: unknown): Promise<void> {
    try {
      const interruption = isForeignKeyViolation(error)
        ? "lost"
        : isUniqueViolation(error)
          ? await this.catchUp()
          : null;
      if (interruption !== null) this.#onInterrupt(interruption);
      else if (Date.now() - this.#lastSuccess > leaseMs) this.#onFailure(error);
    } catch {
      // The database cannot be asked just now: the next write meets the same rows.
    }
  }

  /** What is to be saved now. One half of a character stays until the other one is there. */
  #takeEntries(): Entry[] {
    const entries = this.#entries;
    const last = entries.at(-1);
    if (last === undefined || last.kind === "tool" || !/[\uD800-\uDBFF]$/.test(last.text)) {
      this.#entries = [];
      return entries;
    }
    this.#entries = [{ kind: last.kind, text: last.text.slice(-1) }];
    this.#since = Date.now();
    const whole = { kind: last.kind, text: last.text.slice(0, -1) };
    return [...entries.slice(0, -1), ...(whole.text === "" ? [] : [whole])];
  }
}
