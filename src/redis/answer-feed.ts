import type { ChatEvent } from "../chat/chat-event.ts";
import { wait } from "../shared/wait.ts";
import { decodeStreams } from "./answer-stream-entry.ts";
import type { RedisClientLike } from "./redis-client-like.ts";
import type { RedisConnections } from "./redis-connections.ts";
import { withTimeout } from "./redis-connections.ts";

const blockMs = 5_000;
const maxEntries = 200;
const retryMs = 50;

interface Followed {
  /** The last entry that was handed on. */
  id: string;
  readonly readers: Set<(events: readonly ChatEvent[]) => void>;
}

/**
 * Reads the streams of all answers that this process follows, over one connection that waits for whichever has
 * something new. An entry in a stream of the process's own interrupts the wait when there is one more to follow.
 */
export class AnswerFeed {
  readonly #redis: RedisConnections;
  readonly #wakeKey: string;
  readonly #followed = new Map<string, Followed>();
  #wakeId = "0";
  #client: RedisClientLike;
  #isRunning = false;
  #isWaiting = false;

  constructor(redis: RedisConnections, wakeKey: string) {
    this.#redis = redis;
    this.#wakeKey = wakeKey;
    this.#client = redis.connect();
  }

  get isReady(): boolean {
    return this.#client.isReady;
  }

  follow(key: string, onEvents: (events: readonly ChatEvent[]) => void, signal: AbortSignal): void {
    const followed = this.#followed.get(key) ?? { id: "0", readers: new Set() };
    this.#followed.set(key, followed);
    // A second reader starts from the beginning too: an event that comes twice does no harm.
    followed.id = "0";
    followed.readers.add(onEvents);
    signal.addEventListener(
      "abort",
      () => {
        followed.readers.delete(onEvents);
        if (followed.readers.size === 0 && this.#followed.get(key) === followed)
          this.#followed.delete(key);
      },
      { once: true },
    );
    if (!this.#isRunning) void this.#run();
    else if (this.#isWaiting) this.#interrupt();
  }

  #interrupt(): void {
    for (const command of [
      ["XADD", this.#wakeKey, "MAXLEN", "1", "*", "follow", ""],
      ["EXPIRE", this.#wakeKey, "60"],
    ]) {
      this.#redis.send(...command).catch(() => undefined); // The wait ends by itself, later.
    }
  }

  async #run(): Promise<void> {
    const { closed } = this.#redis;
    this.#isRunning = true;
    while (this.#followed.size > 0 && !closed.aborted) {
      if (!this.#client.isReady) {
        await wait(retryMs, closed);
        continue;
      }
      try {
        await this.#read(this.#client);
      } catch {
        await wait(retryMs, closed);
      }
      // The more streams, the more a read costs, and the more it is to bring.
      await wait(Math.min(10, Math.floor(this.#followed.size / 20)), closed);
    }
    this.#isRunning = false;
  }

  async #read(client: RedisClientLike): Promise<void> {
    const streams = [...this.#followed].map(([key, { id }]) => ({ key, id }));
    streams.push({ key: this.#wakeKey, id: this.#wakeId });
    const keys = streams.map((stream) => stream.key);
    const ids = streams.map((stream) => stream.id);
    const options = ["COUNT", String(maxEntries), "BLOCK", String(blockMs)];
    this.#isWaiting = true;
    let reply: unknown;
    try {
      const pending = client.sendCommand(["XREAD", ...options, "STREAMS", ...keys, ...ids]);
      reply = await withTimeout(pending, blockMs * 2);
    } catch (error) {
      if (client.isReady) {
        // Half open, or out of step: a new connection takes its place.
        this.#redis.disconnect(client);
        this.#client = this.#redis.connect();
      }
      throw error;
    } finally {
      this.#isWaiting = false;
    }
    const asked = new Map(streams.map(({ key, id }) => [key, id]));
    for (const [key, entries] of decodeStreams(reply)) {
      const last = entries.at(-1)?.id;
      if (last === undefined) continue;
      const followed = this.#followed.get(key);
      if (key === this.#wakeKey) this.#wakeId = last;
      else if (followed !== undefined) {
        // Unless a further reader has asked for the beginning meanwhile.
        if (followed.id === asked.get(key)) followed.id = last;
        const events = entries.flatMap((entry) => entry.events);
        for (const onEvents of followed.readers) onEvents(events);
      }
    }
  }
}
