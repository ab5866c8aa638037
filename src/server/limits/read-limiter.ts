import { ChatError } from "../../chat/chat-error.ts";

/** How many bytes are read and encoded at the same time in a process, and for one scope. */
const maxBytesAtOnce = 32_000_000;
const maxScopeBytesAtOnce = 16_000_000;
const minuteMs = 60_000;

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

interface ReadLimiterOptions {
  /** The name of the limit among those of the router. */
  readonly name: string;
  /** How many bytes a scope may read within a minute. */
  readonly bytesPerMinute: number | "unlimited";
  /** What is read, for the refusal: `Files`. */
  readonly what: string;
}

/**
 * Bounds the memory of this process that clients take by reading. Many reads at once wait for each other, each begins in
 * a turn of the event loop of its own, and a scope that reads too much within a minute is refused. Whether a response is
 * still on its way is not known with every HTTP server, so all of a minute count as if they were.
 */
export class ReadLimiter {
  readonly #bytesPerMinute: number;
  readonly #what: string;
  readonly #minutes = new Map<string, Minute>();
  /** By scope. Whose turn comes next is first. */
  readonly #lines = new Map<string, Line>();
  #bytesInUse = 0;
  #isStarting = false;

  /** @throws ChatError `CONFIGURATION` for a limit that is not a number above 0, or `"unlimited"`. */
  constructor({ name, bytesPerMinute, what }: ReadLimiterOptions) {
    this.#bytesPerMinute = bytesPerMinute === "unlimited" ? Infinity : bytesPerMinute;
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
   * @param scope the key of the scope that reads.
   * @throws ChatError `TOO_MANY_REQUESTS` when the scope has read too much within a minute.
   */
  async run<Result>(scope: string, bytes: number, read: () => Promise<Result>): Promise<Result> {
    const minute = this.#minuteOf(scope);
    if (minute.bytes > 0 && minute.bytes + bytes > this.#bytesPerMinute)
      throw this.#refusal(minute);
    this.#add(scope, minute, bytes);
    return this.#inTurn(scope, bytes, read);
  }

  /**
   * Does the same with something whose size is known only after it was read: that of its JSON.
   *
   * @param bytes how many it may be.
   */
  async runUnmeasured<Result>(
    scope: string,
    bytes: number,
    read: () => Promise<Result>,
  ): Promise<Result> {
    this.check(scope);
    return this.#inTurn(scope, bytes, async () => {
      // Those before it may have been larger than expected.
      this.check(scope);
      return this.count(scope, await read());
    });
  }

  /**
   * Runs a query when it is its turn, and counts nothing.
   *
   * @param bytes how many it may read. @default 0
   */
  query<Result>(scope: string, query: () => Promise<Result>, bytes = 0): Promise<Result> {
    return this.#inTurn(scope, bytes, query);
  }

  /**
   * Counts what was read with something else, by its JSON.
   *
   * @returns what was read.
   */
  count<Result>(scope: string, result: Result): Result {
    const minute = this.#minuteOf(scope);
    this.#add(scope, minute, JSON.stringify(result, withoutBigInt)?.length ?? 0);
    return result;
  }

  /** @throws ChatError `TOO_MANY_REQUESTS` when the scope has read too much within a minute. */
  check(scope: string): void {
    const minute = this.#minuteOf(scope);
    if (minute.bytes >= this.#bytesPerMinute) throw this.#refusal(minute);
  }

  async #inTurn<Result>(
    scope: string,
    bytes: number,
    read: () => Promise<Result>,
  ): Promise<Result> {
    const line = this.#lines.get(scope) ?? { running: 0, bytesInUse: 0, waiting: [] };
    this.#lines.set(scope, line);
    await new Promise<void>((start) => {
      line.waiting.push({ bytes, start });
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

  /** Starts one read, and the next one in another turn of the event loop. */
  #startSoon(): void {
    if (this.#isStarting) return;
    this.#isStarting = true;
    setImmediate(() => {
      this.#isStarting = false;
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
    return this.#minutes.get(scope) ?? { from: now, bytes: 0 };
  }

  #add(scope: string, minute: Minute, bytes: number): void {
    minute.bytes += bytes;
    this.#minutes.set(scope, minute);
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

/** A row of the database may have columns of the app that JSON has no numbers for. */
function withoutBigInt(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
