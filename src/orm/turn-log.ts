import type { Database } from "./database.ts";
import { isForeignKeyViolation, isUniqueViolation } from "./prisma-errors.ts";
import type { ChunkKind } from "./rows.ts";

/** At most this much text, in milliseconds, is lost when the process is killed. */
export const saveIntervalMs = 250;
/** While no text arrives, a beat says that the process lives, and finds out whether to stop. */
export const beatIntervalMs = 750;
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
  #seq = 0;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> | null = null;
  #lastSuccess: number;
  #closed = false;

  constructor(options: {
    db: Database;
    messageId: string;
    startedAt: Date;
    onInterrupt: (reason: LogInterruption) => void;
    /** The database has not taken a write for as long as the lease lasts. */
    onFailure: (error: unknown) => void;
  }) {
    this.#db = options.db;
    this.#messageId = options.messageId;
    this.#startedAt = options.startedAt.getTime();
    this.#onInterrupt = options.onInterrupt;
    this.#onFailure = options.onFailure;
    this.#lastSuccess = Date.now();
    this.#schedule(beatIntervalMs);
  }

  /** True when rows have been written: their text then needs no second way to the database. */
  get hasRows(): boolean {
    return this.#seq > 0;
  }

  append(kind: "text" | "thinking" | "tool", text: string): void {
    if (this.#closed || text === "") return;
    const last = this.#entries.at(-1);
    if (last !== undefined && last.kind === kind && kind !== "tool") last.text += text;
    else this.#entries.push({ kind, text });
    if (this.#entries.length === 1 && this.#entries[0]?.text === text)
      this.#schedule(saveIntervalMs);
  }

  /** Ends the log. Resolves to what has not been saved, once no write is under way. */
  async close(): Promise<readonly { readonly kind: ChunkKind; readonly text: string }[]> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#writing;
    return this.#entries;
  }

  /** The values of chunk rows for the given entries, to write them in a transaction of one's own. */
  rowValues(entries: readonly { readonly kind: ChunkKind; readonly text: string }[]): unknown[] {
    const at = Math.min(Date.now() - this.#startedAt, 2_147_483_647);
    return entries.flatMap((entry, index) => [
      this.#messageId,
      this.#seq + index,
      entry.kind,
      entry.text,
      at,
    ]);
  }

  #schedule(delay: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#writing = this.#save().finally(() => {
        this.#writing = null;
        if (this.#closed || this.#timer !== null) return;
        this.#schedule(this.#entries.length > 0 ? saveIntervalMs : beatIntervalMs);
      });
    }, delay);
  }

  async #save(): Promise<void> {
    const entries: Entry[] =
      this.#entries.length > 0 ? this.#entries : [{ kind: "beat", text: "" }];
    this.#entries = [];
    try {
      const sql = this.#db.sql.insertChunks(entries.length);
      const values = this.rowValues(entries);
      await this.#db.write(() => this.#db.execute(sql, values));
      this.#seq += entries.length;
      this.#lastSuccess = Date.now();
    } catch (error) {
      this.#entries = [...entries.filter((entry) => entry.kind !== "beat"), ...this.#entries];
      if (isForeignKeyViolation(error)) this.#onInterrupt("lost");
      else if (isUniqueViolation(error)) await this.#explain();
      else if (Date.now() - this.#lastSuccess > leaseMs) this.#onFailure(error);
    }
  }

  /** Who took the number. When the database does not say, the next write fails again and asks again. */
  async #explain(): Promise<void> {
    try {
      const rows = await this.#db.chunk?.findMany({
        where: { messageId: this.#messageId, seq: { gte: this.#seq } },
        orderBy: { seq: "asc" },
      });
      this.#onInterrupt(rows?.some((row) => row.kind === "fence") === true ? "lost" : "stop");
      this.#seq += rows?.length ?? 0;
    } catch (error) {
      if (Date.now() - this.#lastSuccess > leaseMs) this.#onFailure(error);
    }
  }
}
