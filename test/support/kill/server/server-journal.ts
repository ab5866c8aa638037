import { openSync, readFileSync, writeSync } from "node:fs";

import type { Interval } from "./interval.ts";
import { Pulse } from "./pulse.ts";

/** What a process writes down the moment it happens; the second entry is the time. */
export type JournalEntry =
  | readonly ["beat", number]
  /** It produces this answer of this chat. */
  | readonly ["open", number, string, string]
  /** Readers can have so much text of the answer. */
  | readonly ["text", number, string, number]
  /** The answer is settled, with this status. */
  | readonly ["end", number, string, string]
  /** A statement with this number goes to the database; it has these texts among its values. */
  | readonly ["asked", number, number, readonly string[]]
  | readonly ["answered", number, number]
  /** It is about to kill itself. */
  | readonly ["die", number]
  /** Something that a kill does to others may not do to it. */
  | readonly ["surprise", number, string]
  | readonly ["drain", number]
  | readonly ["drained", number];

/** Writes a process's journal: what is written is with the operating system, and so survives the process. */
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

  /** A statement begins; those that only read are of no interest. */
  ask(sql: string, values: readonly unknown[]): void {
    if (/^\s*SELECT/i.test(sql)) return;
    this.#asked.set(values, ++this.#count);
    const texts = values.filter((value) => typeof value === "string" && value.length === 36);
    // The filter leaves strings.
    this.write("asked", Date.now(), this.#count, [...new Set(texts as string[])]);
  }

  /** The statement with these very values has its answer. */
  answer(values: readonly unknown[]): void {
    const number = this.#asked.get(values);
    if (number === undefined) return;
    this.#asked.delete(values);
    this.write("answered", Date.now(), number);
  }
}

/** One answer as the process that produced it saw it. */
export interface JournaledAnswer {
  readonly chatId: string;
  readonly openedAt: number;
  readonly text: { readonly at: number; readonly length: number }[];
  /** Times at which the database had a statement for it and had not answered. */
  readonly waits: Interval[];
  end: { readonly at: number; readonly status: string } | null;
}

/** All that one process has written down until its end. */
export interface Journal {
  readonly answers: ReadonlyMap<string, JournaledAnswer>;
  /** Times at which the event loop turned. */
  readonly beats: readonly number[];
  /** Times at which the database took long for a statement that writes. */
  readonly slow: readonly Interval[];
  /** Those of them that began or ended a transaction, whosever it was. */
  readonly slowTransactions: readonly Interval[];
  /** The last time at which it lived. */
  readonly diedAt: number;
  /** Errors of its own, and warnings. */
  readonly surprises: readonly { readonly at: number; readonly text: string }[];
  /** When it was told to end; null when it was not. */
  readonly drainedFrom: number | null;
  /** It has ended by itself. */
  readonly isDrained: boolean;
}

/** From so many milliseconds on, a statement took long. */
const slowMs = 50;

/** @param killedAt when the process was sent its end. */
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
    // What JournalWriter wrote.
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
