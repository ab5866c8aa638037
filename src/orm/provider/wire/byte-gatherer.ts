import type { Pace } from "../../../shared/pace.ts";

/** The `read` of a body's reader. */
export type ReadBytes = () => Promise<ReadableStreamReadResult<Uint8Array>>;

/** At most about this many bytes are read ahead. */
const maxBytes = 1_048_576;
/** The first reads are passed on at once, so that the first words of an answer do not wait. */
const unpacedReads = 2;

interface PendingRead {
  readonly resolve: (result: ReadableStreamReadResult<Uint8Array>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Reads bytes as they arrive and passes them on at a pace, because each step costs the reader the same however many
 * bytes it has. They are read ahead because bytes that wait in a body are lost when its connection breaks. When the
 * body ends or fails, all bytes before that are passed on first.
 */
export class ByteGatherer {
  readonly #read: ReadBytes;
  readonly #pace: Pace;
  readonly #convert: (bytes: Uint8Array, waitedMs: number) => Uint8Array;
  readonly #pendingReads: PendingRead[] = [];
  #pieces: Uint8Array[] = [];
  #size = 0;
  /** When the first of the waiting pieces arrived. */
  #firstAt = 0;
  /** When pieces were last passed on. */
  #handedAt = -Infinity;
  #handed = 0;
  #end: { readonly error: unknown } | "done" | null = null;
  #isReading = false;
  #isScheduled = false;

  /** @param convert changes the bytes that are passed on. `waitedMs` is how long the first of them has waited, in ms. */
  constructor(
    read: ReadBytes,
    pace: Pace,
    convert: (bytes: Uint8Array, waitedMs: number) => Uint8Array,
  ) {
    this.#read = read;
    this.#pace = pace;
    this.#convert = convert;
  }

  readonly read: ReadBytes = () =>
    new Promise((resolve, reject) => {
      this.#pendingReads.push({ resolve, reject });
      this.#readAhead();
      this.#offer();
    });

  #readAhead(): void {
    if (this.#isReading || this.#end !== null || this.#size > maxBytes) return;
    this.#isReading = true;
    this.#read().then(this.#onRead, this.#onError);
  }

  readonly #onRead = ({ value, done }: ReadableStreamReadResult<Uint8Array>): void => {
    this.#isReading = false;
    if (done) this.#end = "done";
    else {
      if (this.#pieces.length === 0) this.#firstAt = performance.now();
      this.#pieces.push(value);
      this.#size += value.byteLength;
      this.#readAhead();
    }
    this.#offer();
  };

  readonly #onError = (error: unknown): void => {
    this.#isReading = false;
    this.#end = { error };
    this.#offer();
  };

  #offer(): void {
    if (this.#pendingReads.length === 0) return;
    if (this.#end !== null) this.#handOver();
    else if (this.#pieces.length > 0 && !this.#isScheduled) {
      this.#isScheduled = true;
      this.#pace.schedule(this.#handed < unpacedReads ? -Infinity : this.#handedAt, this.#onDue);
    }
  }

  readonly #onDue = (): void => {
    this.#isScheduled = false;
    this.#handOver();
  };

  #handOver(): void {
    if (this.#pieces.length === 0 && this.#end === null) return;
    const pending = this.#pendingReads.shift();
    if (pending === undefined) return;
    const end = this.#end;
    if (this.#pieces.length > 0) this.#handPieces(pending);
    else if (end === "done") pending.resolve({ done: true, value: undefined });
    else pending.reject(end?.error);
    this.#offer();
  }

  #handPieces({ resolve, reject }: PendingRead): void {
    const [first = new Uint8Array()] = this.#pieces;
    const bytes = this.#pieces.length === 1 ? first : Buffer.concat(this.#pieces, this.#size);
    this.#pieces = [];
    this.#size = 0;
    this.#handed++;
    this.#handedAt = performance.now();
    this.#readAhead();
    try {
      resolve({ done: false, value: this.#convert(bytes, this.#handedAt - this.#firstAt) });
    } catch (error) {
      reject(error);
    }
  }
}

/**
 * Replaces the `read` of a body's reader. `getReader` returns the body's own reader, because a stream in between would
 * double the cost of each chunk. Other ways to read the body go through such a stream.
 */
export function replaceRead(
  body: ReadableStream<Uint8Array>,
  replace: (read: ReadBytes) => ReadBytes,
): ReadableStream<Uint8Array> {
  const open = (): ReadableStreamDefaultReader<Uint8Array> => {
    const reader = body.getReader();
    return Object.assign(reader, { read: replace(reader.read.bind(reader)) });
  };
  let reader: ReadableStreamDefaultReader<Uint8Array> | null = null;
  const replaced = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        reader ??= open();
        const { value, done } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => (reader ?? body).cancel(reason),
    },
    { highWaterMark: 0 },
  );
  return Object.assign(replaced, { getReader: open });
}
