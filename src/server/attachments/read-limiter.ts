import { ChatError } from "../../chat/chat-error.ts";

/** How many bytes of files are read and encoded at the same time in a process. */
const maxBytesAtOnce = 32_000_000;
const minuteMs = 60_000;

/** What a scope has read in its minute. */
interface Minute {
  /** When it began, by the clock of this process. */
  readonly from: number;
  bytes: number;
}

/**
 * Bounds the memory of this process that clients take by reading files: many at once wait for each other, and a scope
 * that reads too much within a minute is refused. Responses that are on their way cannot be counted, so this bounds
 * those, too.
 */
export class ReadLimiter {
  readonly #bytesPerMinute: number;
  readonly #minutes = new Map<string, Minute>();
  readonly #waiting: { readonly bytes: number; readonly start: () => void }[] = [];
  #bytesInUse = 0;

  constructor(bytesPerMinute: number | "unlimited") {
    this.#bytesPerMinute = bytesPerMinute === "unlimited" ? Infinity : bytesPerMinute;
  }

  /**
   * Reads a file of a size when it is its turn.
   *
   * @param scope the key of the scope that reads.
   * @throws ChatError `TOO_MANY_REQUESTS` when the scope has read too much within a minute.
   */
  async run<Result>(scope: string, bytes: number, read: () => Promise<Result>): Promise<Result> {
    this.#count(scope, bytes);
    await this.#turn(bytes);
    try {
      return await read();
    } finally {
      this.#bytesInUse -= bytes;
      this.#startNext();
    }
  }

  #count(scope: string, bytes: number): void {
    const now = performance.now();
    // The oldest minutes come first.
    for (const [key, { from }] of this.#minutes) {
      if (from > now - minuteMs) break;
      this.#minutes.delete(key);
    }
    const minute = this.#minutes.get(scope) ?? { from: now, bytes: 0 };
    if (minute.bytes > 0 && minute.bytes + bytes > this.#bytesPerMinute) {
      const retryAt = new Date(Date.now() + minute.from + minuteMs - now);
      throw new ChatError(
        "TOO_MANY_REQUESTS",
        `Files of ${this.#bytesPerMinute} bytes were read within a minute, which is the limit. Try again after ${retryAt.toISOString()}.`,
        { retryAt },
      );
    }
    minute.bytes += bytes;
    this.#minutes.set(scope, minute);
  }

  /** Resolves when there is room; a file that is larger than that waits until it is alone. */
  #turn(bytes: number): Promise<void> {
    return new Promise((start) => {
      this.#waiting.push({ bytes, start });
      this.#startNext();
    });
  }

  #startNext(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const hasRoom = this.#bytesInUse + next.bytes <= maxBytesAtOnce;
      if (this.#bytesInUse > 0 && !hasRoom) return;
      this.#waiting.shift();
      this.#bytesInUse += next.bytes;
      next.start();
    }
  }
}
