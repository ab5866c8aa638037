import { openSync, readFileSync, writeSync } from "node:fs";

import type { Interval } from "./interval.ts";
import { Pulse } from "./pulse.ts";

/** What a process records the moment it happens. The second item is the time. */
export type JournalEntry =
  | readonly ["beat", number]
  /** The process produces this answer of this chat. */
  | readonly ["open", number, string, string]
  /** Readers can have this many characters of the answer. */
  | readonly ["text", number, string, number]
  /** The answer has ended with this status. */
  | readonly ["end", number, string, string]
  /** A statement with this number is sent to the database. Its values contain these ids. */
  | readonly ["asked", number, number, readonly string[]]
  | readonly ["answered", number, number]
  /** The process is about to kill itself. */
  | readonly ["die", number]
  /** An error that the kill of another process must not cause. */
  | readonly ["surprise", number, string]
  | readonly ["drain", number]
  | readonly ["drained", number];

/** Writes a process's journal. The operating system has what is written, so it survives the process. */
export class JournalWriter {
  readonly #file: number;
  readonly #asked = new Map<readonly unknown[], number>();
  #count = 0;

  constructor(path: string) {
    this.#file = openSync(path, "a");
  }

  write(...entry: JournalEntry): void {
    writeSync(this.#file, `${JSON.stringify(entry)}\n`);
  }

  /** Records that a statement begins, unless it only reads. */
  ask(sql: string, values: readonly unknown[]): void {
    if (/^\s*SELECT/i.test(sql)) return;
    this.#asked.set(values, ++this.#count);
    const texts = values.filter((value) => typeof value === "string" && value.length === 36);
    // The filter keeps only strings.
    this.write("asked", Date.now(), this.#count, [...new Set(texts as string[])]);
  }

  /** Records that the statement with this array of values has been answered. */
  answer(values: readonly unknown[]): void {
    const number = this.#asked.get(values);
    if (number === undefined) return;
    this.#asked.delete(values);
    this.write("answered", Date.now(), number);
  }
}

/** One answer, as the process that produced it saw it. */
export interface JournaledAnswer {
  readonly chatId: string;
  readonly openedAt: number;
  readonly text: { readonly at: number; readonly length: number }[];
  /** The times during which the database had not answered a statement for it. */
  readonly waits: Interval[];
  end: { readonly at: number; readonly status: string } | null;
}

/** All that one process recorded until its end. */
export interface Journal {
  readonly answers: ReadonlyMap<string, JournaledAnswer>;
  /** The times at which the event loop turned. */
  readonly beats: readonly number[];
  /** The times during which the database took long to run a statement that writes. */
  readonly slow: readonly Interval[];
  /** Those among them whose statement began or ended a transaction, for any answer. */
  readonly slowTransactions: readonly Interval[];
  /** The last time at which the process was alive. */
  readonly diedAt: number;
  /** Unexpected errors and warnings. */
  readonly surprises: readonly { readonly at: number; readonly text: string }[];
  /** When it got SIGTERM. Null if it did not. */
  readonly drainedFrom: number | null;
  /** Whether it ended on its own after SIGTERM. */
  readonly isDrained: boolean;
}

/** A statement that takes at least this long counts as slow, in milliseconds. */
const slowMs = 50;

/** @param killedAt When the process was killed. */
export function readJournal(path: string, killedAt: number): Journal {
  const answers = new Map<string, JournaledAnswer>();
  const statements = new Map<number, { from: number; ids: readonly string[] }>();
  const slow: Interval[] = [];
  const slowTransactions: Interval[] = [];
  const pulse = new Pulse();
  let diedAt = 0;
  const surprises: { at: number; text: string }[] = [];
  let drainedFrom: number | null = null;
  let isDrained = false;
  const settle = (number: number, to: number): void => {
    const statement = statements.get(number);
    if (statement === undefined) return;
    statements.delete(number);
    const { from, ids } = statement;
    if (to - from >= slowMs) slow.push({ from, to });
    if (to - from >= slowMs && ids.length === 0) slowTransactions.push({ from, to });
    for (const id of ids) answers.get(id)?.waits.push({ from, to });
  };
  for (const line of readFileSync(path, "utf8").split("\n")) {
    if (line === "") continue;
    // JournalWriter wrote it.
    const entry = JSON.parse(line) as JournalEntry;
    diedAt = Math.max(diedAt, entry[1]);
    if (entry[0] === "beat") pulse.beat(entry[1]);
    else if (entry[0] === "open") {
      const [, openedAt, id, chatId] = entry;
      answers.set(id, { chatId, openedAt, text: [], waits: [], end: null });
    } else if (entry[0] === "text")
      answers.get(entry[2])?.text.push({ at: entry[1], length: entry[3] });
    else if (entry[0] === "end") {
      const answer = answers.get(entry[2]);
      if (answer !== undefined) answer.end = { at: entry[1], status: entry[3] };
    } else if (entry[0] === "asked") statements.set(entry[2], { from: entry[1], ids: entry[3] });
    else if (entry[0] === "answered") settle(entry[2], entry[1]);
    else if (entry[0] === "die") killedAt = entry[1];
    else if (entry[0] === "surprise") surprises.push({ at: entry[1], text: entry[2] });
    else if (entry[0] === "drain") drainedFrom = entry[1];
    else isDrained = true;
  }
  diedAt = Math.max(diedAt, killedAt);
  for (const number of statements.keys()) settle(number, diedAt);
  const { beats } = pulse;
  return { answers, beats, slow, slowTransactions, diedAt, surprises, drainedFrom, isDrained };
}
