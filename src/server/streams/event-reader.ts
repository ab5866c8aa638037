import type { ChatEvent } from "../../chat/chat-event.ts";
import type { ChatMessage } from "../../chat/chat-message.ts";
import type { TrackedEvent } from "../../chat/chat-procedures.ts";
import type { Answer } from "../../chat/answer.ts";
import type { StreamCursor } from "../../chat/stream-cursor.ts";
import { formatCursor, parseCursor, startCursor } from "../../chat/stream-cursor.ts";
import type { StreamReads } from "../limits/read-limiter.ts";
import { Pace } from "../../shared/pace/pace.ts";
import { turns } from "../../shared/pace/turn-queue.ts";
import { done } from "./done.ts";

/** How long a reader waits for an answer of another process to reach what it already has, in milliseconds. */
const catchUpMs = 2_000;

const localPace = new Pace();
/** The producer has already gathered the text of a remote answer. */
const remotePace = new Pace(5);

/** Not a cursor, so a reader that resumes after it, because the answer continued after an approval, gets a snapshot. */
const endId = "end";

/** How an answer is read. */
interface Reading {
  /** True when another process produces the answer. */
  readonly isRemote?: boolean;
  /**
   * Called with events before the first of them is delivered.
   *
   * @returns null when they may be; otherwise a promise of whether they may be.
   */
  readonly admit?: (events: readonly ChatEvent[]) => Promise<boolean> | null;
  /** How texts are read and counted that were there before the reader came, or that are sent once more. */
  readonly reads?: Pick<StreamReads, "count" | "inTurn">;
}

const uncounted: NonNullable<Reading["reads"]> = {
  count: () => undefined,
  inTurn: (task) => task(),
};

/**
 * The events of one answer for one reader: those after `lastEventId`, or a snapshot, then new ones until `done`. There
 * is no queue, so a slow reader gets larger events. A reader that is ahead of a remote answer waits for it, and gets a
 * snapshot if that takes too long.
 *
 * Each event of each reader passes through here, so this is not a generator, listens to the signal once, and has one
 * callback for all of its waits.
 */
export class EventReader implements AsyncIterableIterator<TrackedEvent, void, undefined> {
  readonly #answer: Answer;
  readonly #signal: AbortSignal;
  readonly #isRemote: boolean;
  readonly #admit: NonNullable<Reading["admit"]>;
  readonly #reads: NonNullable<Reading["reads"]>;
  /** Whether the next events may be old ones, for a reader that resumes. */
  #isBehind = false;
  #lastEventId: string | null;
  #seen: StreamCursor | null = null;
  #sentAt = -Infinity;
  /** The events that were read and not yet returned. */
  #rest: readonly ChatEvent[] = [];
  /** The cursor after those events. */
  #restCursor: StreamCursor = startCursor;
  #isOver = false;
  #wake: (() => void) | null = null;

  constructor(
    answer: Answer,
    lastEventId: string | null,
    signal: AbortSignal,
    { isRemote = false, admit = () => null, reads = uncounted }: Reading = {},
  ) {
    this.#answer = answer;
    this.#lastEventId = lastEventId;
    this.#signal = signal;
    this.#isRemote = isRemote;
    this.#admit = admit;
    this.#reads = reads;
    signal.addEventListener("abort", this.#resume, { once: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<TrackedEvent, void>> {
    if (this.#seen === null) {
      const snapshot = await this.#begin();
      if (snapshot !== null) {
        const isAdmitted = this.#admit([snapshot.data]);
        if (isAdmitted !== null && !(await isAdmitted)) return this.return();
        if (!this.#isOver) return { done: false, value: snapshot };
      }
    }
    for (;;) {
      const isAdmitted = this.#read();
      // Most events need no check, and none of these has to wait for a promise.
      if (isAdmitted !== null && !(await isAdmitted)) return this.return();
      const event = this.#take();
      if (event !== null) return { done: false, value: event };
      if (this.#isOver || this.#signal.aborted) return this.return();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        this.#answer.onceChanged(this.#onChange);
      });
    }
  }

  return(): Promise<IteratorReturnResult<void>> {
    this.#isOver = true;
    this.#rest = [];
    this.#signal.removeEventListener("abort", this.#resume);
    this.#resume();
    return Promise.resolve(done);
  }

  readonly #onChange = (): void => {
    // The end does not wait, because an answer that waits for approval may continue at any time.
    if (this.#answer.final !== null) this.#resumeSoon();
    else {
      const since = this.#sentAt - this.#answer.waitedMs;
      (this.#isRemote ? remotePace : localPace).schedule(since, this.#resumeSoon);
    }
  };

  /** What the provider sent at once arrives piece by piece, but within one turn of the event loop. */
  readonly #resumeSoon = (): void => turns.runLater(this.#resume);

  readonly #resume = (): void => {
    this.#answer.forget(this.#onChange);
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  };

  /**
   * Sets the cursor of the reader.
   *
   * @returns the snapshot to begin with; null for a reader that resumes.
   */
  async #begin(): Promise<TrackedEvent | null> {
    const id = this.#lastEventId;
    this.#lastEventId = null;
    let cursor = id === null ? null : parseCursor(id);
    if (cursor !== null && !(await this.#reaches(cursor))) cursor = null;
    const snapshot =
      cursor === null ? await this.#reads.inTurn(async () => this.#snapshot()) : null;
    if (snapshot !== null) return snapshot;
    this.#seen = cursor ?? startCursor;
    this.#isBehind = true;
    return null;
  }

  /** Null for an answer that has ended. */
  #snapshot(): TrackedEvent | null {
    if (this.#answer.final !== null) return null;
    this.#seen = this.#answer.cursor;
    const data = { type: "snapshot", message: this.#answer.snapshot() } as const;
    this.#reads.count(data);
    return { id: formatCursor(this.#seen), data };
  }

  /** Whether the answer has reached the cursor. Waits for a remote answer, but not for long. */
  async #reaches(cursor: StreamCursor): Promise<boolean> {
    const answer = this.#answer;
    if (answer.since(cursor) !== null) return true;
    if (!this.#isRemote) return false;
    const expired = AbortSignal.any([this.#signal, AbortSignal.timeout(catchUpMs)]);
    while (answer.since(cursor) === null && !expired.aborted) await answer.changed(expired);
    return answer.since(cursor) !== null;
  }

  /**
   * Reads the events after the last one that was returned, unless there still are some.
   *
   * @returns null when they may be delivered; otherwise a promise of whether they may be.
   */
  #read(): Promise<boolean> | null {
    // After an abort the reader still gets the events that were read before, but no others.
    if (this.#isOver || this.#rest.length > 0 || this.#signal.aborted) return null;
    const delta = this.#answer.since(this.#seen ?? startCursor);
    if (delta === null || delta.events.length === 0) return null;
    this.#rest = delta.events;
    this.#restCursor = delta.cursor;
    this.#sentAt = performance.now();
    const isOld = this.#isBehind || this.#answer.final !== null;
    this.#isBehind = false;
    return isOld ? this.#countThenAdmit(delta.events) : this.#admit(delta.events);
  }

  /** Whatever a client says that it has, it gets nothing old for free. The check comes last, before the delivery. */
  async #countThenAdmit(events: readonly ChatEvent[]): Promise<boolean> {
    await this.#reads.inTurn(async () => this.#reads.count(events));
    return (await this.#admit(events)) ?? true;
  }

  /** Takes the next event. Null when there is none yet. */
  #take(): TrackedEvent | null {
    if (this.#isOver) return null;
    const seen = this.#seen ?? startCursor;
    const [event, ...rest] = this.#rest;
    if (event === undefined) return null;
    this.#rest = rest;
    if (event.type === "done") {
      this.#isOver = true;
      return { id: endId, data: event };
    }
    this.#seen = rest.length === 0 ? this.#restCursor : advance(seen, event);
    return { id: formatCursor(this.#seen), data: event };
  }
}

/** The cursor after one of several events. Their tool calls count only after the last of them. */
function advance(cursor: StreamCursor, event: ChatEvent): StreamCursor {
  if (event.type === "text") return { ...cursor, content: event.at + event.text.length };
  if (event.type === "thinking") return { ...cursor, thinking: event.at + event.text.length };
  return cursor;
}

/** The events of an answer that has ended: `done` alone. */
export async function* readEnded(
  message: ChatMessage,
): AsyncGenerator<TrackedEvent, void, undefined> {
  yield { id: endId, data: { type: "done", message } };
}
