import type { Database } from "../database/database.ts";
import { dataKey } from "../../chat/answer.ts";
import { isForeignKeyViolation, isUniqueViolation } from "../database/prisma-errors.ts";
import { endsInHalf } from "../../shared/cut-text.ts";
import { timerDelay } from "../../shared/timer-delay.ts";
import type { LogEntry } from "./log-entry.ts";
import { encodeEntry, readLog } from "./log-entry.ts";
import type { TurnControl } from "./turn-control.ts";

/** How often text is saved, in milliseconds: what is lost at most when the process is killed. */
const saveIntervalMs = 250;
/** How often an idle producer shows that it is alive and finds out whether to stop, in milliseconds. */
const beatIntervalMs = 750;
/** After how long without an entry in its log an answer has lost its process, in milliseconds. */
export const leaseMs = 7_000;

/** The highest value of `at`, a column of 32 bits. */
const maxAgeMs = 2_147_483_647;

/** Milliseconds since a message was created, for `at` of an entry. */
export function ageOf(createdAt: Date): number {
  return Math.min(Date.now() - createdAt.getTime(), maxAgeMs);
}

type UnsavedEntry = Extract<
  LogEntry,
  { readonly text: string } | { readonly kind: "tool" | "data" }
>;

/** Whether the entry is a piece of a text that may grow. */
function isGrowing(
  entry: LogEntry | undefined,
): entry is Extract<UnsavedEntry, { kind: "text" | "thinking" | "arguments" }> {
  return entry?.kind === "text" || entry?.kind === "thinking" || entry?.kind === "arguments";
}

/** How often what the entry says has been written by now; 0 for what is written once. */
function revisionOf(entry: LogEntry): number {
  if (entry.kind === "data") return entry.part?.revision ?? 0;
  return entry.kind === "progress" ? entry.revision : 0;
}

/** Whether the entries belong to the same thing, so that one may follow, repeat or replace the other. */
function isAlike(one: LogEntry, other: LogEntry): boolean {
  const idOf = (entry: LogEntry): string => {
    if (entry.kind === "data") return entry.part === null ? "" : dataKey(entry.part);
    return "toolCallId" in entry ? entry.toolCallId : "";
  };
  return one.kind === other.kind && idOf(one) === idOf(other);
}

/**
 * Saves an answer while it is produced, by appending to its log. The database accepts each number in the log once: to
 * stop the producer, or to take the message over, another process writes the next number, and the producer learns of it
 * because its own write fails. One statement therefore saves text, shows that the producer is alive, and asks whether
 * to continue.
 */
export class TurnLog {
  readonly #db: Database;
  readonly #messageId: string;
  readonly #startedAt: Date;
  readonly #control: TurnControl;
  readonly #firstSeq: number;
  #entries: UnsavedEntry[] = [];
  /** When the oldest unsaved entry was appended. */
  #since = 0;
  #seq: number;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> | null = null;
  #lastSuccess = Date.now();
  #isClosed = false;
  /** True after a failed write, which the database may have made all the same. */
  #isUncertain = false;

  /**
   * @param options.firstSeq the number of the first entry; above 0 for an answer that continues.
   * @param options.startedAt when the message was created.
   * @param options.control ends the turn when another process stops it or takes it over, when the message is deleted,
   *   and when no write has succeeded for the length of the lease.
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
    // An answer that continues may have been stopped in the meantime, so its first write is due at once.
    this.#schedule(options.firstSeq === 0 ? beatIntervalMs : 0);
  }

  /** True after the first write: the database has text that need not be sent again. */
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

  /**
   * Appends an entry, which is saved within 250 ms. Does nothing after `close`.
   *
   * @param waitedMs how long the text was gathered before, in milliseconds. It waits that much less here.
   */
  append(entry: UnsavedEntry, waitedMs = 0): void {
    if (this.#isClosed || (isGrowing(entry) && entry.text === "")) return;
    const last = this.#entries.at(-1);
    // Of what a tool has reported, only the newest is saved, and so of data.
    const replaced =
      revisionOf(entry) > 0 ? this.#entries.findIndex((one) => isAlike(one, entry)) : -1;
    if (replaced !== -1) this.#entries[replaced] = entry;
    else if (last !== undefined && isGrowing(last) && isGrowing(entry) && isAlike(last, entry))
      this.#entries[this.#entries.length - 1] = { ...last, text: last.text + entry.text };
    else this.#entries.push(entry);
    if (last !== undefined) return;
    this.#since = Date.now() - waitedMs;
    this.#schedule(Math.max(0, saveIntervalMs - waitedMs));
  }

  /**
   * Ends the log, after the write in progress.
   *
   * @returns the entries that were not saved.
   */
  async close(): Promise<readonly LogEntry[]> {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#writing;
    if (this.#isUncertain) await this.catchUp();
    return this.#entries;
  }

  /**
   * Reads what is in the log already: entries of other processes, and our own from a write that seemed to fail. Ends
   * the turn when another process stopped it or took it over.
   *
   * @returns true when it did.
   */
  async catchUp(): Promise<boolean> {
    let isStopped = false;
    for (const entry of await readLog(this.#db, this.#messageId, this.#seq)) {
      this.#seq = entry.seq + 1;
      if (entry.kind === "fence") {
        this.#control.lose();
        return true;
      }
      if (entry.kind === "stop") isStopped = true;
      else this.#dropSaved(entry);
    }
    if (isStopped) this.#control.stop();
    return isStopped;
  }

  #dropSaved(saved: LogEntry): void {
    const [first] = this.#entries;
    if (first === undefined || !isAlike(first, saved)) return;
    if (!isGrowing(first)) {
      this.#entries.shift();
      // It may have been written again since then. Where that stands does not matter any more.
      if (revisionOf(first) > revisionOf(saved)) this.#entries.push(first);
    } else if ("text" in saved && first.text.startsWith(saved.text)) {
      const text = first.text.slice(saved.text.length);
      if (text === "") this.#entries.shift();
      else this.#entries[0] = { ...first, text };
    }
  }

  #schedule(delay: number): void {
    // Nothing may come after another process's fence: nobody would remove it.
    if (this.#control.reason === "lost") return;
    // There is one write at a time, which schedules the next one when it ends.
    if (this.#writing !== null) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        this.#writing = this.#save().then((isSaved) => {
          this.#writing = null;
          if (this.#isClosed) return;
          if (this.#entries.length === 0) this.#schedule(beatIntervalMs);
          else if (!isSaved) this.#schedule(saveIntervalMs);
          else this.#schedule(this.#since + saveIntervalMs - Date.now());
        });
      },
      timerDelay(this.#db.chunkWriter.slot(delay)),
    );
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
      // The database is unavailable. The next write will find the same entries.
    }
  }

  /** Removes the entries to save now. The first half of a surrogate pair stays until the second one is there. */
  #takeEntries(): UnsavedEntry[] {
    const entries = this.#entries;
    const last = entries.at(-1);
    if (!isGrowing(last) || !endsInHalf(last.text)) {
      this.#entries = [];
      return entries;
    }
    this.#entries = [{ ...last, text: last.text.slice(-1) }];
    this.#since = Date.now();
    const whole = { ...last, text: last.text.slice(0, -1) };
    return [...entries.slice(0, -1), ...(whole.text === "" ? [] : [whole])];
  }
}
