import type { Database } from "../database/database.ts";
import { isForeignKeyViolation, isUniqueViolation } from "../database/prisma-errors.ts";
import { endsInHalf } from "../../shared/cut-text.ts";
import type { LogEntry } from "./log-entry.ts";
import { encodeEntry, readLog } from "./log-entry.ts";
import type { TurnControl } from "./turn-control.ts";

/** At most this much text, in milliseconds, is lost when the process is killed. */
const saveIntervalMs = 250;
/** While no text arrives, a beat says that the process lives, and finds out whether to stop. */
const beatIntervalMs = 750;
/** An answer whose log has been silent for this long, in milliseconds, has lost its process. */
export const leaseMs = 7_000;

/** What `at` of an entry can hold: its column has 32 bits. */
const maxAgeMs = 2_147_483_647;

/** Milliseconds since a message was created, as the log counts them. */
export function ageOf(createdAt: Date): number {
  return Math.min(Date.now() - createdAt.getTime(), maxAgeMs);
}

type Unsaved = Extract<LogEntry, { kind: "text" | "thinking" | "tool" }>;

/**
 * Saves an answer while it is produced, by appending to its log. The database takes each number in the log once: to stop
 * the producer, or to take the message over, another process writes the next number first, and the producer's own write
 * then fails and tells it so. So each write saves text, is a sign of life, and asks whether to go on, in one statement.
 */
export class TurnLog {
  readonly #db: Database;
  readonly #messageId: string;
  readonly #startedAt: Date;
  readonly #control: TurnControl;
  readonly #firstSeq: number;
  #entries: Unsaved[] = [];
  /** When the oldest unsaved entry arrived. */
  #since = 0;
  #seq: number;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> | null = null;
  #lastSuccess = Date.now();
  #isClosed = false;
  /** A write has failed, and may have been made all the same. */
  #isUncertain = false;

  /**
   * @param options.firstSeq the number of the first entry: 0, or where the log of an answer goes on.
   * @param options.control is told to stop or to lose the message by another process's entry, and to fail when the
   *   database has taken no write for as long as the lease lasts.
   */
  constructor(options: {
    readonly db: Database;
    readonly messageId: string;
    readonly firstSeq: number;
    readonly startedAt: Date;
    readonly control: TurnControl;
  }) {
    this.#db = options.db;
    this.#messageId = options.messageId;
    this.#firstSeq = options.firstSeq;
    this.#seq = options.firstSeq;
    this.#startedAt = options.startedAt;
    this.#control = options.control;
    // A process that continues an answer asks at once whether it was stopped in the meantime.
    this.#schedule(options.firstSeq === 0 ? beatIntervalMs : 0);
  }

  /** True when entries were written here: the database has their text, which need not be sent again. */
  get hasRows(): boolean {
    return this.#seq > this.#firstSeq;
  }

  /** The number of the next entry. */
  get seq(): number {
    return this.#seq;
  }

  /** Milliseconds since the answer began. */
  get age(): number {
    return ageOf(this.#startedAt);
  }

  /** @param waitedMs milliseconds that the text has already spent in this process: it waits that much less here. */
  append(entry: Unsaved, waitedMs = 0): void {
    if (this.#isClosed || (entry.kind !== "tool" && entry.text === "")) return;
    const last = this.#entries.at(-1);
    if (last !== undefined && last.kind !== "tool" && entry.kind === last.kind)
      this.#entries[this.#entries.length - 1] = { ...last, text: last.text + entry.text };
    else this.#entries.push(entry);
    if (last !== undefined) return;
    this.#since = Date.now() - waitedMs;
    this.#schedule(Math.max(0, saveIntervalMs - waitedMs));
  }

  /** Ends the log. Resolves to what was not saved, once no write is under way. */
  async close(): Promise<readonly LogEntry[]> {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#writing;
    if (this.#isUncertain) await this.catchUp();
    return this.#entries;
  }

  /**
   * Reads entries that are in the log already: those of other processes, or our own from a write whose success we did
   * not hear of. An entry that asks to stop, or that ends the answer, is told to the control.
   *
   * @returns true when there was one of those.
   */
  async catchUp(): Promise<boolean> {
    let isAsked = false;
    for (const entry of await readLog(this.#db, this.#messageId, this.#seq)) {
      this.#seq = entry.seq + 1;
      if (entry.kind === "fence") {
        this.#control.lose();
        return true;
      }
      if (entry.kind === "stop") isAsked = true;
      else this.#dropSaved(entry);
    }
    if (isAsked) this.#control.stop();
    return isAsked;
  }

  #dropSaved(saved: LogEntry): void {
    const [first] = this.#entries;
    if (first?.kind !== saved.kind) return;
    if (first.kind === "tool") {
      if (saved.kind === "tool" && saved.toolCallId === first.toolCallId) this.#entries.shift();
    } else if ("text" in saved && first.text.startsWith(saved.text)) {
      const text = first.text.slice(saved.text.length);
      if (text === "") this.#entries.shift();
      else this.#entries[0] = { ...first, text };
    }
  }

  #schedule(delay: number): void {
    // One write at a time: it plans the next one when it ends.
    if (this.#writing !== null) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#writing = this.#save().then((isSaved) => {
        this.#writing = null;
        if (this.#isClosed) return;
        if (this.#entries.length === 0) this.#schedule(beatIntervalMs);
        else if (!isSaved) this.#schedule(saveIntervalMs);
        else this.#schedule(this.#since + saveIntervalMs - Date.now());
      });
    }, this.#db.chunkWriter.slot(delay));
  }

  /** @returns true when the entries were saved. */
  async #save(): Promise<boolean> {
    const entries = this.#takeEntries();
    const rows: readonly LogEntry[] = entries.length > 0 ? entries : [{ kind: "beat" }];
    const at = this.age;
    try {
      await this.#db.chunkWriter.save(
        rows.map((entry, index) =>
          encodeEntry(entry, { messageId: this.#messageId, seq: this.#seq + index, at }),
        ),
      );
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
      if (isForeignKeyViolation(error)) this.#control.lose();
      else if (isUniqueViolation(error) && (await this.catchUp())) return;
      else if (Date.now() - this.#lastSuccess > leaseMs) this.#control.fail(error);
    } catch {
      // The database is away for the moment: the next write meets the same entries.
    }
  }

  /** What to save now. The first half of a surrogate pair waits for the second one. */
  #takeEntries(): Unsaved[] {
    const entries = this.#entries;
    const last = entries.at(-1);
    if (last === undefined || last.kind === "tool" || !endsInHalf(last.text)) {
      this.#entries = [];
      return entries;
    }
    this.#entries = [{ ...last, text: last.text.slice(-1) }];
    this.#since = Date.now();
    const whole = { ...last, text: last.text.slice(0, -1) };
    return [...entries.slice(0, -1), ...(whole.text === "" ? [] : [whole])];
  }
}
