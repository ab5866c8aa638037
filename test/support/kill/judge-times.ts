import type { Interval } from "./server/interval.ts";
import { coveredMs } from "./server/interval.ts";
import type { Pulse } from "./server/pulse.ts";
import { turnsBetween } from "./server/pulse.ts";
import type { Reading } from "./reading.ts";
import type { JournaledAnswer } from "./server/server-journal.ts";
import type { Death } from "./server/server-process.ts";

/** Text that is older than this must be saved, */
const saveMs = 250;
/**
 * unless the process's event loop has not yet turned this often, or for this long, without waiting for the database. An
 * answer that ends is saved by a transaction of five statements, each a turn or two after the one before.
 */
const saveTurns = 10;
const savePatienceMs = 50;
/** How long after a kill readers may still be told that the answer is in progress. */
const recoveryMs = 10_000;
/** How much of that time the process counts as alive, because no other process can know better. */
const leaseMs = 7_000;
/**
 * After the lease, an instance reports the death in the remaining time, or within this many turns of its event loop. Up to
 * 24 answers die at once, and each is ended by about eight statements, one after the other.
 */
const recoveryTurns = 200;
/** A drain that takes too long has had at most this many turns of its event loop since. */
const drainTurns = 100;
/** How long an instance may take until it looks at the database again. */
const lookMs = 1_200;
/** A process whose event loop turns less often than this during a lease cannot be told from a dead one. */
const livingTurns = 10;
/** What a reader reads was sent at most this many turns of the reader's own event loop before. */
const readingTurns = 3;
/** After SIGTERM: the timeout that server-program.ts sets, plus the time that the router takes to settle. */
const drainMs = 1_000 + 5_000;

/** The times that were compared with their bounds, in milliseconds. */
export interface Times {
  /** How many answers were killed. */
  losses: number;
  /** How many of them were within the bound by the clock alone. */
  strictLosses: number;
  /** The age, at the kill, of the oldest text that was lost, and how many turns past its bound the process was. */
  worstLossMs: number;
  worstLossTurns: number;
  /** How many readers saw an answer whose process was killed. */
  recoveries: number;
  strictRecoveries: number;
  worstRecoveryMs: number;
  worstRecoveryTurns: number;
  /** The reader that was told last. */
  lastTold: string;
}

/** An answer as it is stored after the run. */
export interface JudgedRow {
  readonly id: string;
  readonly content: string | null;
  readonly status: string;
  readonly finishedAt: Date | null;
}

/** What was recorded while processes were killed. */
export interface JudgedRun {
  readonly deaths: readonly Death[];
  readonly readings: readonly Reading[];
  /** The pulse of the readers' process. */
  readonly pulse: Pulse;
  check(isTrue: boolean, complaint: () => string): void;
}

type Rows = ReadonlyMap<string, JudgedRow>;

/**
 * Compares the times of guarantee 3 with the journals of the processes. The clock decides. Only when a bound is
 * exceeded is an allowance made, for the time after the bound and for the one process that the text or the reader
 * depended on: that process must have had a chance to act, in turns of its event loop that were not spent waiting for
 * the database. A busy machine therefore excuses nothing that a process had a chance to do.
 */
export function judgeTimes(rows: ReadonlyMap<string, JudgedRow>, world: JudgedRun): Times {
  const times: Times = {
    losses: 0,
    strictLosses: 0,
    worstLossMs: 0,
    worstLossTurns: 0,
    recoveries: 0,
    strictRecoveries: 0,
    worstRecoveryMs: 0,
    worstRecoveryTurns: 0,
    lastTold: "",
  };
  for (const death of world.deaths) {
    judgeSurprises(world, death);
    if (death.kind === "killed") judgeLosses(world, rows, death, times);
    if (death.kind === "drained") judgeDrain(world, rows, death);
  }
  for (const row of rows.values()) if (row.status === "interrupted") judgeInterrupted(world, row);
  for (const reading of world.readings) judgeReading(world, reading, times);
  return times;
}

/** Checks that what a killed process had shown is saved, except for its last 250 ms. */
function judgeLosses(world: JudgedRun, rows: Rows, { at, journal }: Death, times: Times): void {
  for (const [id, answer] of journal.answers) {
    if (answer.end !== null) continue;
    times.losses++;
    const kept = rows.get(id)?.content?.length ?? 0;
    const lost = answer.text.find(({ length }) => length > kept);
    const ms = lost === undefined ? 0 : at - lost.at;
    times.worstLossMs = Math.max(times.worstLossMs, ms);
    if (lost === undefined || ms <= saveMs + savePatienceMs) {
      times.strictLosses++;
      continue;
    }
    const due = lost.at + saveMs;
    const waits = [...journal.slowTransactions, ...answer.waits];
    const ownMs = at - due - coveredMs(due, at, waits);
    const turns = turnsOutside(journal.beats, due, at, waits);
    if (ownMs > savePatienceMs) times.worstLossTurns = Math.max(times.worstLossTurns, turns);
    world.check(
      ownMs <= savePatienceMs || turns <= saveTurns,
      () =>
        `${id} lost text of ${ms} ms (${ownMs} ms and ${turns} turns past its bound): kept ${kept} of ` +
        `${String(answer.text.at(-1)?.length)}, died at ${at}, ${describe(answer, lost.at, at)}`,
    );
  }
}

/** Checks that kills of other processes cause no errors in an instance, unless it or its database hung. */
function judgeSurprises(world: JudgedRun, { journal }: Death): void {
  for (const { at, text } of journal.surprises) {
    const turns = turnsOutside(journal.beats, at - leaseMs, at, journal.slow);
    world.check(turns <= livingTurns, () => `${at}, after ${turns} turns: ${text}`);
  }
}

/** Checks that a process that drains settles all of its answers in time, with all of their text. */
function judgeDrain(world: JudgedRun, rows: Rows, { at, journal }: Death): void {
  for (const [id, { end, text }] of journal.answers) {
    world.check(end !== null, () => `${id} was not settled by a drain that ended at ${at}.`);
    const kept = rows.get(id)?.content?.length ?? 0;
    if (end?.status !== "interrupted") continue;
    const shown = text.findLast((one) => one.at <= end.at)?.length ?? 0;
    // Half of a surrogate pair at the end is not stored.
    world.check(kept >= shown - 1, () => `${id} was drained with ${kept} of ${shown}.`);
  }
  const asked = journal.drainedFrom ?? at;
  const late = at - asked - drainMs;
  const turns = turnsOutside(journal.beats, asked + drainMs, at, journal.slow);
  world.check(late <= 0 || turns <= drainTurns, () => `A drain took ${late} ms too long.`);
}

/** Checks that an answer is interrupted only if its process is gone or hung for seconds. */
function judgeInterrupted(world: JudgedRun, row: JudgedRow): void {
  const at = row.finishedAt?.getTime() ?? 0;
  const producers = world.deaths
    .map((death) => ({ death, answer: death.journal.answers.get(row.id) }))
    .filter(({ answer }) => answer !== undefined && answer.openedAt <= at)
    .toSorted((a, b) => (a.answer?.openedAt ?? 0) - (b.answer?.openedAt ?? 0));
  const last = producers.at(-1);
  // A process that was killed before it began, or before it continued after a decision, has no entry in its journal.
  const end = last?.answer?.end ?? null;
  if (last === undefined || last.death.at <= at || (end !== null && end.at < at)) return;
  if (last.death.kind === "drained" && last.answer?.end?.status === "interrupted") return;
  const { beats, slow } = last.death.journal;
  const turns = turnsOutside(beats, at - leaseMs, at, slow);
  world.check(
    turns <= livingTurns,
    () =>
      `${row.id} was interrupted at ${at}, its process lived and had ${turns} turns: ` +
      (last.answer === undefined ? "" : describe(last.answer, at - leaseMs, at)),
  );
}

/** Checks that a reader learns within 10 seconds that the answer of a dead process is interrupted, and is told nothing else later. */
function judgeReading(world: JudgedRun, reading: Reading, times: Times): void {
  // A reader that first looked when it was over has not waited.
  const toldAt = reading.inProgressAt === 0 ? null : reading.interruptedAt;
  const seenAt = Math.max(reading.inProgressAt, toldAt ?? 0);
  const death = deathOf(world.deaths, reading, seenAt);
  if (death === null) return;
  times.recoveries++;
  const ms = seenAt - death.at;
  if (ms > times.worstRecoveryMs) {
    times.worstRecoveryMs = ms;
    times.lastTold = describeReading(reading, death);
  }
  if (ms <= recoveryMs) {
    times.strictRecoveries++;
    return;
  }
  const own = world.pulse.beats;
  const told = own[turnsBetween(own, 0, seenAt) - readingTurns] ?? seenAt;
  const turns = Math.max(0, ...overdueTurns(reading, death.at + leaseMs, told));
  times.worstRecoveryTurns = Math.max(times.worstRecoveryTurns, turns);
  world.check(
    turns <= recoveryTurns,
    () =>
      `Was told of progress, or of its end, ${turns} turns late: ${describeReading(reading, death)}`,
  );
}

function describeReading(reading: Reading, death: Death): string {
  const { chatId, messageId, inProgressAt, interruptedAt, away } = reading;
  const spans = reading.spans.map(({ instance, from, to }) => {
    const { beats, slow } = instance.death?.journal ?? { beats: [], slow: [] };
    return `${instance.url} ${from - death.at}..${to - death.at} ${turnsOutside(beats, from, to, slow)} turns`;
  });
  const since = (at: number): number => at - death.at;
  const waits = away.map(({ from, to }) => [since(from), since(to)]);
  const told = interruptedAt === null ? null : since(interruptedAt);
  return JSON.stringify({
    chatId,
    messageId,
    died: death.at,
    inProgress: since(inProgressAt),
    told,
    waits,
    spans,
  });
}

/** Counts the turns of each instance that was asked for longer than it may take. What one has begun does not help another. */
function overdueTurns(reading: Reading, knowableAt: number, told: number): number[] {
  return [...new Set(reading.spans.map(({ instance }) => instance))].map((instance) => {
    const spans = reading.spans
      .filter((span) => span.instance === instance)
      .map((span) => ({ from: Math.max(knowableAt, span.from), to: Math.min(told, span.to) }))
      .filter(({ from, to }) => from < to);
    const ms = spans.reduce((sum, { from, to }) => sum + to - from, 0);
    if (ms <= recoveryMs - leaseMs) return 0;
    const { beats, slow } = instance.death?.journal ?? { beats: [], slow: [] };
    return spans
      .map(({ from, to }) => turnsOutside(beats, Math.max(from, knowableAt + lookMs), to, slow))
      .reduce((sum, turns) => sum + turns, 0);
  });
}

/** Counts the turns of the event loop between two times, without those spent waiting for the database. */
function turnsOutside(
  beats: readonly number[],
  from: number,
  to: number,
  waits: readonly Interval[],
): number {
  const all = turnsBetween(beats, from, to);
  const near = waits.filter((wait) => wait.to > from && wait.from < to);
  if (all === 0 || near.length === 0) return all;
  const inside = beats.filter((beat) => beat > from && beat <= to);
  return inside.filter((beat) => !near.some((one) => one.from < beat && beat < one.to)).length;
}

/** Finds the last death before a time at which the answer was in progress. */
function deathOf(
  deaths: readonly Death[],
  { messageId, chatId }: Reading,
  at: number,
): Death | null {
  const killed = (death: Death): boolean =>
    death.kind === "killed" &&
    death.at < at &&
    [...death.journal.answers].some(
      ([id, { end, chatId: chat }]) =>
        end === null && (messageId === null ? chat === chatId : id === messageId),
    );
  const last =
    deaths
      .filter(killed)
      .toSorted((a, b) => a.at - b.at)
      .at(-1) ?? null;
  if (last === null || messageId !== null) return last;
  // A later answer may have taken the chat's lock.
  const isTaken = deaths.some(({ process, at: diedAt, journal }) =>
    [...journal.answers.values()].some(
      ({ chatId: chat, openedAt, end }) =>
        chat === chatId &&
        process !== last.process &&
        openedAt <= at &&
        (end?.at ?? diedAt) > last.at,
    ),
  );
  return isTaken ? null : last;
}

function describe({ text, waits }: JournaledAnswer, from: number, to: number): string {
  const near = text.filter(({ at }) => at >= from - 300 && at <= to).slice(0, 8);
  const nearWaits = waits.filter((wait) => wait.to >= from - 300 && wait.from <= to);
  return JSON.stringify({ text: near, waits: nearWaits.slice(0, 12) });
}
