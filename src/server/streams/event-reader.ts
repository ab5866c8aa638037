import type { ChatEvent } from "../../chat/chat-event.ts";
import type { ChatMessage } from "../../chat/chat-message.ts";
import type { TrackedEvent } from "../../chat/chat-procedures.ts";
import type { Answer } from "../../chat/answer.ts";
import type { StreamCursor } from "../../chat/stream-cursor.ts";
import { formatCursor, parseCursor, startCursor } from "../../chat/stream-cursor.ts";
import { Pace } from "../../shared/pace.ts";

/** How long, in milliseconds, an answer that is followed may take to reach what a reader has from elsewhere. */
const catchUpMs = 2_000;

const pace = new Pace();
/** What a hub hands on has been gathered by the producer. */
const followedPace = new Pace(5);

/** Whoever comes back behind an end, of an answer that went on after an approval, gets a snapshot. */
const endId = "end";

const done: IteratorReturnResult<void> = { done: true, value: undefined };

/**
 * The events of one answer for one reader: what lies behind `lastEventId`, or a snapshot, then what comes,
 * until `done`. The reader has no queue: a slow one gets larger events. One that is ahead of an
 * answer that is followed from elsewhere waits for it, and gets a snapshot when it does not come.
 *
 * It is no generator, listens to the signal once and has one callback for all of its waits: each event goes through
 * here for each reader.
 */
export class EventReader implements AsyncIterableIterator<TrackedEvent, void, undefined> {
  readonly #live: Answer;
  readonly #signal: AbortSignal;
  readonly #isFollowed: boolean;
  #lastEventId: string | null;
  #seen: StreamCursor | null = null;
  #sentAt = -Infinity;
  /** The rest of several events that came at once, and where the reader stands behind them. */
  #rest: readonly ChatEvent[] = [];
  #restCursor: StreamCursor = startCursor;
  #isOver = false;
  #wake: (() => void) | null = null;

  constructor(live: Answer, lastEventId: string | null, signal: AbortSignal, isFollowed = false) {
    this.#live = live;
    this.#lastEventId = lastEventId;
    this.#signal = signal;
    this.#isFollowed = isFollowed;
    signal.addEventListener("abort", this.#resume, { once: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<TrackedEvent, void>> {
    if (this.#seen === null) {
      const snapshot = await this.#begin();
      if (snapshot !== null && !this.#isOver) return { done: false, value: snapshot };
    }
    for (;;) {
      const event = this.#take();
      if (event !== null) return { done: false, value: event };
      if (this.#isOver || this.#signal.aborted) return this.return();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        this.#live.onceChanged(this.#onChange);
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
    // An end is not to wait: what it says may be overtaken.
    if (this.#live.final !== null) this.#resumeSoon();
    else {
      const since = this.#sentAt - this.#live.waitedMs;
      (this.#isFollowed ? followedPace : pace).schedule(since, this.#resumeSoon);
    }
  };

  /** What was read from the provider in one step comes piece by piece, but in one turn of the event loop. */
  readonly #resumeSoon = (): void => void setImmediate(this.#resume);

  readonly #resume = (): void => {
    this.#live.forget(this.#onChange);
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  };

  /** Finds where the reader stands; the snapshot, when it is to begin with one. */
  async #begin(): Promise<TrackedEvent | null> {
    const id = this.#lastEventId;
    this.#lastEventId = null;
    let cursor = id === null ? null : parseCursor(id);
    if (cursor !== null && !(await this.#reaches(cursor))) cursor = null;
    const isNew = cursor === null && this.#live.final === null;
    this.#seen = isNew ? this.#live.cursor : (cursor ?? startCursor);
    if (!isNew) return null;
    const message = this.#live.snapshot();
    return { id: formatCursor(this.#seen), data: { type: "snapshot", message } };
  }

  async #reaches(cursor: StreamCursor): Promise<boolean> {
    const live = this.#live;
    if (live.since(cursor) !== null) return true;
    if (!this.#isFollowed) return false;
    const expired = AbortSignal.any([this.#signal, AbortSignal.timeout(catchUpMs)]);
    while (live.since(cursor) === null && !expired.aborted) await live.changed(expired);
    return live.since(cursor) !== null;
  }

  /** The next event; null when there is none yet. */
  #take(): TrackedEvent | null {
    if (this.#isOver) return null;
    const seen = this.#seen ?? startCursor;
    if (this.#rest.length === 0) {
      // Who has left gets nothing more, but the rest of what was begun.
      const delta = this.#signal.aborted ? null : this.#live.since(seen);
      if (delta === null || delta.events.length === 0) return null;
      this.#rest = delta.events;
      this.#restCursor = delta.cursor;
      this.#sentAt = performance.now();
    }
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

/** The cursor behind one of several events: tool calls count once all of them are through. */
function advance(cursor: StreamCursor, event: ChatEvent): StreamCursor {
  if (event.type === "text") return { ...cursor, content: event.at + event.text.length };
  if (event.type === "thinking") return { ...cursor, thinking: event.at + event.text.length };
  return cursor;
}

/** The events of an answer that has ended. */
export async function* endOf(message: ChatMessage): AsyncGenerator<TrackedEvent, void, undefined> {
  yield { id: endId, data: { type: "done", message } };
}
