import type { Pace } from "../../../shared/pace.ts";
import type { ReadBytes } from "./replace-read.ts";

/** So many bytes are read ahead of who wants them. */
const mostBytes = 1_048_576;
/** The head of an answer and its first word are not to wait. */
const unpacedReads = 2;

interface Reader {
  readonly resolve: (result: ReadableStreamReadResult<Uint8Array>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Reads bytes as they come, since what waits in a body is lost when its connection breaks, and hands them on in steps
 * of a pace: what reads them costs the same for each step. At the end, whatever it is, all of them are handed on first.
 */
export class ByteGatherer {
  readonly #read: ReadBytes;
  readonly #pace: Pace;
  readonly #convert: (bytes: Uint8Array, waitedMs: number) => Uint8Array;
  readonly #readers: Reader[] = [];
  #pieces: Uint8Array[] = [];
  #size = 0;
  /** When the first piece came, and when pieces were handed on the last time. */
  #firstAt = 0;
  #handedAt = -Infinity;
  #handed = 0;
  #end: { readonly error: unknown } | "done" | null = null;
  #isReading = false;
  #isScheduled = false;

  /** @param convert is given what is handed on, and for how long, in milliseconds, the first byte of it has waited. */
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
      this.#readers.push({ resolve, reject });
      this.#readAhead();
      this.#offer();
    });

  #readAhead(): void {
    if (this.#isReading || this.#end !== null || this.#size > mostBytes) return;
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
    if (this.#readers.length === 0) return;
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
    const reader = this.#readers.shift();
    if (reader === undefined) return;
    const end = this.#end;
    if (this.#pieces.length > 0) this.#handPieces(reader);
    else if (end === "done") reader.resolve({ done: true, value: undefined });
    else reader.reject(end?.error);
    this.#offer();
  }

  #handPieces({ resolve, reject }: Reader): void {
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
