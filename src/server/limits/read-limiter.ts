import { ChatError } from "../../chat/chat-error.ts";
import { turns } from "../../shared/pace/turn-queue.ts";
import type { ClientRequest, RequestShare } from "./client-request.ts";
import { jsonBytes } from "./json-bytes.ts";

/** How many bytes are read and encoded at the same time in a process, and for one scope. */
const maxBytesAtOnce = 32_000_000;
const maxScopeBytesAtOnce = 16_000_000;
/** How many reads are started in a turn of the event loop, if it has time for them. */
const maxStarting = 16;
const minuteMs = 60_000;
/** What the read of an answer counts as whose size nobody knows. */
const streamBytes = 2_000_000;

/** What a scope has read in its minute. */
interface Minute {
  /** When it began, by the clock of this process. */
  readonly from: number;
  bytes: number;
}

/** The reads of one scope. */
interface Line {
  /** How many are in progress, those of no size included. */
  running: number;
  bytesInUse: number;
  readonly waiting: { readonly bytes: number; readonly start: () => void }[];
}

/** Who reads, and in which request. */
export interface ReadBy {
  /** The key of the scope. */
  readonly scope: string;
  readonly request: ClientRequest;
}

/** Counts the stored texts that one subscription sends. */
export interface StreamReads {
  /** Reads when it is the turn of the scope, and counts nothing. */
  readonly inTurn: <Result>(read: () => Promise<Result>) => Promise<Result>;
  /**
   * Counts what is about to be sent.
   *
   * @throws ChatError `TOO_MANY_REQUESTS` when the scope has read too much within a minute.
   */
  readonly count: (sent: unknown) => void;
  /** Call it when the subscription has ended. */
  readonly close: () => void;
}

interface ReadLimiterOptions {
  /** The name of the limit among those of the router. */
  readonly name: string;
  /** How many bytes a scope may read within a minute. */
  readonly bytesPerMinute: number | "unlimited";
  /** How many bytes a scope may read in one request. One thing that is larger can be read alone. */
  readonly bytesPerRequest: number;
  /** What is read, for the refusal: `Files`. */
  readonly what: string;
}

/**
 * Bounds the memory of this process that clients take by reading. Many reads at once wait for each other, a turn of the
 * event loop begins no more of them than it has time for, and a scope that reads too much within a minute is refused.
 * Whether a response is still on its way is not known with every HTTP server, so all of a minute count as if they were.
 */
export class ReadLimiter {
  readonly #bytesPerMinute: number;
  readonly #bytesPerRequest: number;
  readonly #what: string;
  readonly #minutes = new Map<string, Minute>();
  /** What open subscriptions have sent, by scope. */
  readonly #held = new Map<string, number>();
  /** By scope. Whose turn comes next is first. */
  readonly #lines = new Map<string, Line>();
  #bytesInUse = 0;
  #waiting = 0;
  /** How many turns of the event loop were asked for time to start one. */
  #starting = 0;

  /** @throws ChatError `CONFIGURATION` for a limit that is not a number above 0, or `"unlimited"`. */
  constructor({ name, bytesPerMinute, bytesPerRequest, what }: ReadLimiterOptions) {
    this.#bytesPerMinute = bytesPerMinute === "unlimited" ? Infinity : bytesPerMinute;
    this.#bytesPerRequest = bytesPerRequest;
    this.#what = what;
    if (this.#bytesPerMinute > 0) return;
    throw new ChatError(
      "CONFIGURATION",
      `createChatRouter: \`limits.${name}\` is ${String(bytesPerMinute)}. Set it to a number of bytes above 0, or to "unlimited".`,
    );
  }

  /**
   * Reads something of a size when it is its turn.
   *
   * @param bytes how many it has, or about how many when `weigh` tells how many they were.
   * @throws ChatError `TOO_MANY_REQUESTS` when the scope has read too much within a minute, or in one request.
   */
  async run<Result>(
    by: ReadBy,
    bytes: number,
    read: () => Promise<Result>,
    weigh: (result: Result) => number = () => bytes,
  ): Promise<Result> {
    const settle = this.reserve(by, bytes);
    return this.inTurn(by.scope, bytes, async () => {
      const result = await read().catch((error: unknown) => {
        settle(0);
        throw error;
      });
      const weight = weigh(result);
      settle(weight);
      const share = this.#shareOf(by);
      if (weight > bytes && share.bytes > this.#bytesPerRequest && share.bytes > weight) {
        // It is not sent, so that the rest of the request may have its room.
        share.bytes -= weight;
        throw this.#requestRefusal();
      }
      return result;
    });
  }

  /**
   * Reserves room for what is read later, and is not refused then.
   *
   * @param bytes about how many it has.
   * @returns call it with how many they were.
   * @throws ChatError `TOO_MANY_REQUESTS`.
   */
  reserve(by: ReadBy, bytes: number): (weight: number) => void {
    const minute = this.#minuteOf(by.scope);
    if (minute.bytes > 0 && minute.bytes + bytes > this.#bytesPerMinute)
      throw this.#refusal(minute);
    const share = this.#shareOf(by);
    if (share.bytes > 0 && share.bytes + bytes > this.#bytesPerRequest)
      throw this.#requestRefusal();
    this.#add(by.scope, minute, bytes);
    share.bytes += bytes;
    return (weight) => {
      share.bytes += weight - bytes;
      const now = this.#minuteOf(by.scope);
      this.#add(by.scope, now, now === minute ? weight - bytes : weight);
    };
  }

  /**
   * Reads something whose size is known only after it was read, when it is its turn.
   *
   * @param bytes how many it may be.
   * @param weigh tells how many they were.
   * @default those of its JSON
   * @throws ChatError `TOO_MANY_REQUESTS`.
   */
  runUnmeasured<Result>(
    by: ReadBy,
    bytes: number,
    read: () => Promise<Result>,
    weigh: (result: Result) => number = jsonBytes,
  ): Promise<Result> {
    return this.query(by, bytes, async () => {
      const result = await read();
      const weight = weigh(result);
      const share = this.#shareOf(by);
      if (share.bytes > 0 && share.bytes + weight > this.#bytesPerRequest) {
        this.#add(by.scope, this.#minuteOf(by.scope), weight);
        throw this.#requestRefusal();
      }
      return this.#counted(by, result, weight);
    });
  }

  /**
   * Runs a query when it is its turn, and counts nothing.
   *
   * @param bytes how many it may read.
   * @throws ChatError `TOO_MANY_REQUESTS` when nothing may be read any more.
   */
  async query<Result>(by: ReadBy, bytes: number, query: () => Promise<Result>): Promise<Result> {
    this.#checkBoth(by);
    return this.inTurn(by.scope, bytes, async () => {
      // Those before it may have been larger than expected.
      this.#checkBoth(by);
      return query();
    });
  }

  /**
   * Counts what was read with something else, by its JSON.
   *
   * @returns what was read.
   */
  count<Result>(by: ReadBy, result: Result): Result {
    return this.#counted(by, result, jsonBytes(result));
  }

  #counted<Result>(by: ReadBy, result: Result, weight: number): Result {
    this.#add(by.scope, this.#minuteOf(by.scope), weight);
    this.#shareOf(by).bytes += weight;
    return result;
  }

  /** How many pages the request has read before, of this kind; counts one more. */
  nextPage(by: ReadBy): number {
    return this.#shareOf(by).pages++;
  }

  /**
   * Opens the count of a subscription. Nobody knows whether its client reads, so what it was sent counts in each minute
   * in which it is open.
   */
  openStream(scope: string): StreamReads {
    let sentBytes = 0;
    const hold = (bytes: number): void => {
      const held = (this.#held.get(scope) ?? 0) + bytes;
      if (held > 0) this.#held.set(scope, held);
      else this.#held.delete(scope);
    };
    return {
      inTurn: (read) => this.inTurn(scope, streamBytes, read),
      count: (sent) => {
        this.check(scope);
        const bytes = jsonBytes(sent);
        this.#add(scope, this.#minuteOf(scope), bytes);
        sentBytes += bytes;
        hold(bytes);
      },
      close: () => {
        hold(-sentBytes);
        sentBytes = 0;
      },
    };
  }

  /** @throws ChatError `TOO_MANY_REQUESTS` when the scope has read too much within a minute. */
  check(scope: string): void {
    const minute = this.#minuteOf(scope);
    if (minute.bytes >= this.#bytesPerMinute) throw this.#refusal(minute);
  }

  #checkBoth(by: ReadBy): void {
    this.check(by.scope);
    if (this.#shareOf(by).bytes >= this.#bytesPerRequest) throw this.#requestRefusal();
  }

  #shareOf({ request, scope }: ReadBy): RequestShare {
    return request.share(this.#what, scope);
  }

  /** Reads when it is the turn of the scope, checks nothing and counts nothing. */
  async inTurn<Result>(scope: string, bytes: number, read: () => Promise<Result>): Promise<Result> {
    const line = this.#lines.get(scope) ?? { running: 0, bytesInUse: 0, waiting: [] };
    this.#lines.set(scope, line);
    await new Promise<void>((start) => {
      line.waiting.push({ bytes, start });
      this.#waiting++;
      this.#startSoon();
    });
    try {
      return await read();
    } finally {
      this.#bytesInUse -= bytes;
      line.bytesInUse -= bytes;
      line.running--;
      if (line.running === 0 && line.waiting.length === 0) this.#lines.delete(scope);
      this.#startSoon();
    }
  }

  /** Starts the next read when a turn of the event loop has time for it. What ends may make room for more than one. */
  #startSoon(): void {
    if (this.#starting >= Math.min(this.#waiting, maxStarting)) return;
    this.#starting++;
    turns.runLater(() => {
      this.#starting--;
      if (this.#startNext()) this.#startSoon();
    });
  }

  #startNext(): boolean {
    for (const [scope, line] of this.#lines) {
      const [next] = line.waiting;
      if (next === undefined) continue;
      const { bytes, start } = next;
      // Something that is larger than the room waits until it is alone.
      if (line.bytesInUse > 0 && line.bytesInUse + bytes > maxScopeBytesAtOnce) continue;
      if (this.#bytesInUse > 0 && this.#bytesInUse + bytes > maxBytesAtOnce) return false;
      line.waiting.shift();
      this.#waiting--;
      line.bytesInUse += bytes;
      line.running++;
      this.#bytesInUse += bytes;
      this.#lines.delete(scope);
      this.#lines.set(scope, line);
      start();
      return true;
    }
    return false;
  }

  #minuteOf(scope: string): Minute {
    const now = performance.now();
    // The oldest minutes come first.
    for (const [key, { from }] of this.#minutes) {
      if (from > now - minuteMs) break;
      this.#minutes.delete(key);
    }
    return this.#minutes.get(scope) ?? { from: now, bytes: this.#held.get(scope) ?? 0 };
  }

  #add(scope: string, minute: Minute, bytes: number): void {
    minute.bytes += bytes;
    this.#minutes.set(scope, minute);
  }

  #requestRefusal(): ChatError {
    return new ChatError(
      "TOO_MANY_REQUESTS",
      `${this.#what} of ${this.#bytesPerRequest} bytes were read in one request, which is the limit. Read the rest in requests of their own.`,
      { retryAt: new Date() },
    );
  }

  #refusal({ from }: Minute): ChatError {
    const retryAt = new Date(Date.now() + from + minuteMs - performance.now());
    return new ChatError(
      "TOO_MANY_REQUESTS",
      `${this.#what} of ${this.#bytesPerMinute} bytes were read within a minute, which is the limit. Try again after ${retryAt.toISOString()}.`,
      { retryAt },
    );
  }
}
