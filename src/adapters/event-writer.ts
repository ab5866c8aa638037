import { isTrackedEnvelope } from "@trpc/server";
import type { PingClock } from "./ping-clock.ts";
import { failedEvents } from "./replace-subscriptions.ts";

/** Where events are written to. */
export interface EventSink {
  /** @returns false when it takes no more for now; `resume` of the writer says when it does. */
  write(text: string): boolean;
  end(): void;
}

export interface EventWriterOptions {
  readonly sink: EventSink;
  /** Whether the sink takes no more for now; false by default. */
  readonly isFull?: boolean;
  /** The transformer's output. */
  readonly serialize: (value: unknown) => unknown;
  /** Null for no pings. */
  readonly clock: PingClock | null;
  /** Ends the subscription and the connection. */
  readonly signal: AbortSignal;
  /** The frame that tells the client of an error. */
  readonly describeError: (error: unknown) => Promise<string>;
}

/** A write is not put off any longer when this many characters wait. */
const maxWaitingLength = 65_536;

const pingFrame = "event: ping\ndata: \n\n\n";
const returnFrame = "event: return\ndata: \n\n\n";

/**
 * Writes the events of a subscription as tRPC does, without its transform streams. Events that come in one turn of the
 * event loop are one write, and no event is asked for while the sink is full.
 */
export class EventWriter {
  readonly #iterator: AsyncIterator<unknown>;
  readonly #options: EventWriterOptions;
  #waiting = "";
  #isAsking = false;
  #isFull: boolean;
  #isOver = false;

  constructor(events: AsyncIterable<unknown>, options: EventWriterOptions) {
    this.#iterator = iterate(events);
    this.#options = options;
    this.#isFull = options.isFull ?? false;
    options.clock?.touch(this);
    if (options.signal.aborted) this.#onAbort();
    else options.signal.addEventListener("abort", this.#onAbort, { once: true });
    this.#ask();
  }

  /** Goes on after the sink was full. */
  resume(): void {
    if (!this.#isFull || this.#isOver) return;
    this.#isFull = false;
    this.#options.clock?.touch(this);
    this.flush();
    this.#ask();
  }

  /** Ends the subscription because the connection has ended. */
  stop(): void {
    if (this.#isOver) return;
    this.#close();
    // A generator that waits for something returns only when that has come, which need not be awaited.
    this.#return().catch(() => undefined);
  }

  readonly #onAbort = (): void => {
    const isOpen = !this.#isOver;
    this.stop();
    if (isOpen) this.#options.sink.end();
  };

  async #return(): Promise<void> {
    await this.#iterator.return?.();
  }

  ping(): void {
    if (!this.#isFull && this.#waiting === "") this.#isFull = !this.#options.sink.write(pingFrame);
  }

  /** Writes what waits. */
  flush(): void {
    if (this.#waiting === "" || this.#isFull || this.#isOver) return;
    const text = this.#waiting;
    this.#waiting = "";
    this.#isFull = !this.#options.sink.write(text);
    if (this.#isFull) return;
    this.#ask();
  }

  #ask(): void {
    if (this.#isAsking || this.#isFull || this.#isOver) return;
    this.#isAsking = true;
    try {
      this.#iterator.next().then(this.#onNext, this.#onError);
    } catch (error) {
      this.#onError(error);
    }
  }

  readonly #onNext = ({ done, value }: IteratorResult<unknown>): void => {
    this.#isAsking = false;
    if (this.#isOver) return;
    if (done === true) {
      this.#finish(returnFrame);
      return;
    }
    try {
      this.#waiting += this.#frameOf(value);
    } catch (error) {
      const fail = (): void => this.#onError(error);
      this.#return().then(fail, fail);
      return;
    }
    this.#options.clock?.touch(this);
    if (this.#waiting.length >= maxWaitingLength) this.flush();
    else flushSoon(this);
    this.#ask();
  };

  readonly #onError = (error: unknown): void => {
    this.#isAsking = false;
    if (this.#isOver) return;
    if (isAbortError(error)) {
      this.#finish("");
      return;
    }
    this.#options.clock?.remove(this);
    void this.#describe(error);
  };

  async #describe(error: unknown): Promise<void> {
    try {
      this.#finish(await this.#options.describeError(error));
    } catch {
      // The app's own code has failed to describe it. tRPC ends the connection then, too.
      this.#finish("");
    }
  }

  #frameOf(value: unknown): string {
    const { serialize } = this.#options;
    // tRPC writes the id after the data, and two blank lines.
    return isTrackedEnvelope(value)
      ? `data: ${JSON.stringify(serialize(value[1]))}\nid: ${value[0]}\n\n\n`
      : `data: ${JSON.stringify(serialize(value))}\n\n\n`;
  }

  #finish(frame: string): void {
    if (this.#isOver) return;
    const { sink } = this.#options;
    const text = this.#waiting + frame;
    this.#close();
    if (text !== "") sink.write(text);
    sink.end();
  }

  #close(): void {
    this.#isOver = true;
    this.#waiting = "";
    this.#options.clock?.remove(this);
    this.#options.signal.removeEventListener("abort", this.#onAbort);
  }
}

/** An iterable that has no iterator fails like one whose first event does. */
function iterate(events: AsyncIterable<unknown>): AsyncIterator<unknown> {
  try {
    return events[Symbol.asyncIterator]();
  } catch (error) {
    return failedEvents(error)[Symbol.asyncIterator]();
  }
}

let waiting: EventWriter[] = [];

/** Writes at the end of this turn of the event loop. All writers share one callback. */
function flushSoon(writer: EventWriter): void {
  if (waiting.push(writer) > 1) return;
  setImmediate(() => {
    const writers = waiting;
    waiting = [];
    for (const one of writers) one.flush();
  });
}

function isAbortError(error: unknown): boolean {
  return (
    typeof error === "object" && error !== null && "name" in error && error.name === "AbortError"
  );
}
