import type { Pace } from "../../../shared/pace/pace.ts";
import { timerDelay } from "../../../shared/timer-delay.ts";
import type { ByteSink, ByteSource } from "./byte-source.ts";
import type { WirePiece } from "../wire/wire-answer.ts";
import type { WireReader } from "../wire/wire-reader.ts";

/** At most about this many characters are read ahead. */
const maxWaitingLength = 1_048_576;
/** The first pieces are passed on at once, so that the first words of an answer do not wait. */
const unpacedSteps = 2;

interface PendingStep {
  readonly resolve: (pieces: readonly WirePiece[] | null) => void;
  readonly reject: (error: unknown) => void;
}

export interface WireStreamOptions {
  /** How long pieces are gathered before they are passed on. Null to pass on each piece as it arrives. */
  readonly pace: Pace | null;
  /** After how many milliseconds without a byte the stream is given up. */
  readonly idleTimeout: number;
  /** Creates the error of a stream that is given up. */
  readonly createIdleError: () => Error;
}

/**
 * Reads a body as it arrives, and passes on what it says at a pace, because each step costs the reader the same however
 * much text it has. The body is read ahead because bytes that wait in it are lost when its connection breaks. When it
 * ends or fails, everything before that is passed on first.
 */
export class WireStream implements ByteSink {
  /** How long the first of the pieces that were passed on last had waited, in milliseconds. */
  waitedMs = 0;
  readonly #source: ByteSource;
  readonly #reader: WireReader;
  readonly #options: WireStreamOptions;
  /** Set anew only when it is over, because most streams have bytes much more often. */
  #idleTimer: NodeJS.Timeout;
  #lastReadAt = performance.now();
  #pending: PendingStep | null = null;
  #reads = 0;
  #isScheduled = false;
  #end: { readonly error: unknown } | "done" | null = null;
  /** When the first of the waiting pieces arrived. */
  #firstAt = 0;
  /** When pieces were last passed on. */
  #passedAt = -Infinity;
  #steps = 0;

  constructor(source: ByteSource, reader: WireReader, options: WireStreamOptions) {
    this.#source = source;
    this.#reader = reader;
    this.#options = options;
    this.#idleTimer = this.#startTimer(options.idleTimeout);
    source.open(this);
  }

  /**
   * Waits for the next pieces.
   *
   * @returns null at the end.
   * @throws what broke the connection, when everything before it has been passed on.
   */
  next(): Promise<readonly WirePiece[] | null> {
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      if (this.#end === null && this.#hasRoom) this.#source.resume();
      this.#offer();
    });
  }

  /** Closes the connection. */
  close(): void {
    clearTimeout(this.#idleTimer);
    this.#end ??= "done";
    this.#source.close();
    this.#offer();
  }

  onBytes(bytes: Uint8Array): boolean {
    if (this.#end !== null) return true;
    this.#read(bytes);
    return this.#hasRoom;
  }

  onEnd(): void {
    if (this.#end === null) this.#read(null);
  }

  onError(error: unknown): void {
    clearTimeout(this.#idleTimer);
    // What the provider has finished is complete, even if the connection breaks before it is closed.
    if (this.#end === null) this.#end = this.#reader.answer.isFinished ? "done" : { error };
    this.#offer();
  }

  /** @param bytes null at the end. */
  #read(bytes: Uint8Array | null): void {
    this.#reads++;
    this.#lastReadAt = performance.now();
    const { answer } = this.#reader;
    const hadPieces = answer.hasPieces;
    try {
      if (bytes === null) this.#reader.end();
      else this.#reader.push(bytes);
    } catch (error) {
      // Nobody waits for what calls this: it would end the process.
      this.onError(error);
      this.close();
      return;
    }
    if (!hadPieces && answer.hasPieces) this.#firstAt = this.#lastReadAt;
    if (answer.isClosed) this.close();
    this.#offer();
  }

  get #hasRoom(): boolean {
    return this.#reader.answer.waitingLength <= maxWaitingLength;
  }

  #startTimer(ms: number): NodeJS.Timeout {
    return setTimeout(this.#onIdle, timerDelay(ms));
  }

  readonly #onIdle = (): void => {
    const { idleTimeout } = this.#options;
    const leftMs = this.#lastReadAt + idleTimeout - performance.now();
    if (leftMs > 0) {
      this.#idleTimer = this.#startTimer(leftMs);
      return;
    }
    const reads = this.#reads;
    // A process that was busy runs its timers first, so the bytes that wait are read before the stream is given up.
    setImmediate(() => {
      if (this.#end !== null) return;
      if (this.#reads > reads || this.#source.isPaused) {
        this.#idleTimer = this.#startTimer(idleTimeout);
        return;
      }
      this.onError(this.#options.createIdleError());
      this.close();
    });
  };

  #offer(): void {
    if (this.#pending === null) return;
    if (this.#end !== null) this.#step();
    else if (this.#reader.answer.hasPieces && !this.#isScheduled) {
      const { pace } = this.#options;
      if (pace === null || this.#steps < unpacedSteps) {
        this.#step();
        return;
      }
      this.#isScheduled = true;
      pace.schedule(this.#passedAt, this.#onDue);
    }
  }

  readonly #onDue = (): void => {
    this.#isScheduled = false;
    this.#step();
  };

  #step(): void {
    const pending = this.#pending;
    const { answer } = this.#reader;
    if (pending === null || (!answer.hasPieces && this.#end === null)) return;
    this.#pending = null;
    const end = this.#end;
    if (answer.hasPieces) {
      this.#steps++;
      this.#passedAt = performance.now();
      this.waitedMs = this.#passedAt - this.#firstAt;
      pending.resolve(answer.takePieces());
    } else if (end === "done") pending.resolve(null);
    else pending.reject(end?.error);
  }
}
