import type { ChatEvent } from "../chat/chat-event.ts";
import { onAbort } from "../shared/on-abort.ts";
import { wait } from "../shared/wait.ts";
import { decodeStreams } from "./answer-stream-entry.ts";
import type { RedisClientLike } from "./redis-client-like.ts";
import type { RedisConnections } from "./redis-connections.ts";
import { withTimeout } from "./with-timeout.ts";

/** How long Redis may hold an XREAD that has nothing to return, in milliseconds. */
const blockMs = 5_000;
const maxEntries = 200;
const retryMs = 50;

type FeedConnections = Pick<RedisConnections, "closed" | "connect" | "disconnect" | "send">;

type Reader = (events: readonly ChatEvent[]) => void;

interface AnswerStream {
  /** The last entry that was passed to the readers. */
  lastId: string;
  readonly readers: Set<Reader>;
}

/**
 * Reads the Redis streams of all answers that this process has readers for, with one blocking XREAD on
 * one connection. The process also has a stream of its own: an entry in it ends the XREAD early, so that
 * the next one includes an answer that was added.
 */
export class AnswerFeed {
  readonly #redis: FeedConnections;
  readonly #wakeKey: string;
  readonly #streams = new Map<string, AnswerStream>();
  #wakeId = "0";
  #client: RedisClientLike;
  #isRunning = false;
  #isBlocked = false;

  constructor(redis: FeedConnections, wakeKey: string) {
    this.#redis = redis;
    this.#wakeKey = wakeKey;
    this.#client = redis.connect();
  }

  get isReady(): boolean {
    return this.#client.isReady;
  }

  /** Passes the events of an answer's stream to a reader, from the first that is left, until the signal aborts. */
  read(key: string, onEvents: Reader, signal: AbortSignal): void {
    const stream = this.#streams.get(key) ?? { lastId: "0", readers: new Set() };
    this.#streams.set(key, stream);
    // Another reader also starts at the beginning. Applying an event twice changes nothing.
    stream.lastId = "0";
    stream.readers.add(onEvents);
    onAbort(signal, () => {
      stream.readers.delete(onEvents);
      if (stream.readers.size === 0 && this.#streams.get(key) === stream) this.#streams.delete(key);
    });
    if (!this.#isRunning) void this.#run();
    else if (this.#isBlocked) this.#wake();
  }

  /** Ends the blocking XREAD. */
  #wake(): void {
    for (const command of [
      ["XADD", this.#wakeKey, "MAXLEN", "1", "*", "wake", ""],
      ["EXPIRE", this.#wakeKey, "60"],
    ]) {
      this.#redis.send(...command).catch(() => undefined); // XREAD then ends after `blockMs`.
    }
  }

  async #run(): Promise<void> {
    const { closed } = this.#redis;
    this.#isRunning = true;
    while (this.#streams.size > 0 && !closed.aborted) {
      if (!this.#client.isReady) {
        await wait(retryMs, closed);
        continue;
      }
      try {
        await this.#readNext(this.#client);
      } catch {
        await wait(retryMs, closed);
      }
      // The more streams there are, the more an XREAD costs, so each one should return more.
      await wait(Math.min(10, Math.floor(this.#streams.size / 20)), closed);
    }
    this.#isRunning = false;
  }

  async #readNext(client: RedisClientLike): Promise<void> {
    const requested = new Map([...this.#streams].map(([key, { lastId }]) => [key, lastId]));
    requested.set(this.#wakeKey, this.#wakeId);
    const options = ["COUNT", String(maxEntries), "BLOCK", String(blockMs)];
    const command = ["XREAD", ...options, "STREAMS", ...requested.keys(), ...requested.values()];
    this.#isBlocked = true;
    let reply: unknown;
    try {
      reply = await withTimeout(client.sendCommand(command), blockMs * 2);
    } catch (error) {
      if (client.isReady) {
        // The connection is half open or out of sync: replace it.
        this.#redis.disconnect(client);
        this.#client = this.#redis.connect();
      }
      throw error;
    } finally {
      this.#isBlocked = false;
    }
    for (const [key, entries] of decodeStreams(reply)) {
      const lastId = entries.at(-1)?.id;
      if (lastId === undefined) continue;
      const stream = this.#streams.get(key);
      if (key === this.#wakeKey) this.#wakeId = lastId;
      else if (stream !== undefined) {
        // Unless another reader has asked for the beginning in the meantime.
        if (stream.lastId === requested.get(key)) stream.lastId = lastId;
        const events = entries.flatMap((entry) => entry.events);
        for (const onEvents of stream.readers) onEvents(events);
      }
    }
  }
}
