import { RedisChannels } from "./redis-channels.ts";
import type { RedisClientLike } from "./redis-client-like.ts";

/** A question that has no answer for so long, in milliseconds, is put to the database. */
const answerTimeoutMs = 300;
/** How often Redis is asked for a sign of life, in milliseconds. One that gives none until then counts as lost. */
const pulseMs = 1_000;

/**
 * The connections of one hub, with the settings of the client that the app gave: one for commands and one for
 * subscriptions. They do not keep the process alive, and connect again by themselves.
 */
export class RedisConnections {
  readonly #template: RedisClientLike;
  readonly #onError: (error: Error) => void;
  readonly #open = new Set<RedisClientLike>();
  readonly #commands: RedisClientLike;
  readonly #subscriber: RedisClientLike;
  readonly #closed = new AbortController();
  readonly #onChange: () => void;
  readonly #pulse: NodeJS.Timeout;
  readonly #channels: RedisChannels;
  #isDegraded = false;
  #isAwaitingPulse = false;
  #isSilent = false;

  /**
   * @param onError is told of the first error of each outage.
   * @param onChange is told when a connection may have been lost, or is back.
   */
  constructor(
    template: RedisClientLike,
    onError: (error: Error) => void,
    onChange: () => void = () => undefined,
  ) {
    this.#template = template;
    this.#onError = onError;
    this.#onChange = onChange;
    this.#commands = this.connect();
    this.#subscriber = this.connect();
    this.#channels = new RedisChannels(this.#subscriber, this.closed);
    this.#pulse = setInterval(() => this.#takePulse(), pulseMs).unref();
  }

  /** True while Redis is connected, and answers. */
  get isReady(): boolean {
    return this.#commands.isReady && this.#subscriber.isReady && !this.#isSilent;
  }

  /** True from the first error of an outage until Redis is back. */
  get isDegraded(): boolean {
    return this.#isDegraded;
  }

  /** Aborts when the hub is closed. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** A further connection. */
  connect(): RedisClientLike {
    // A command that cannot be sent now fails: nothing piles up, and whoever sent it has the database.
    const client = this.#template.duplicate({ disableOfflineQueue: true });
    client.on("error", (error) => this.#degrade(error));
    client.on("ready", () => {
      client.unref();
      this.#isDegraded = this.#isSilent;
      this.#onChange();
    });
    this.#open.add(client);
    client.connect().catch((error: unknown) => {
      if (this.#open.has(client) && error instanceof Error) this.#onError(error);
    });
    return client;
  }

  #degrade(error: Error): void {
    if (!this.#isDegraded && !this.closed.aborted) this.#onError(error);
    this.#isDegraded = true;
    this.#onChange();
  }

  /** A server that hangs keeps its connections open: only its silence tells. */
  #takePulse(): void {
    if (!this.#commands.isReady) return;
    if (this.#isAwaitingPulse) {
      // Behind an answer that this process was too busy to read.
      setImmediate(() => {
        if (!this.#isAwaitingPulse || this.#isSilent) return;
        this.#isSilent = true;
        this.#degrade(new Error("Redis does not answer."));
      });
      return;
    }
    this.#isAwaitingPulse = true;
    const end = (): void => {
      this.#isAwaitingPulse = false;
      if (!this.#isSilent) return;
      this.#isSilent = false;
      this.#isDegraded = !this.isReady;
      this.#onChange();
    };
    this.#commands.sendCommand(["PING"]).then(end, end);
  }

  disconnect(client: RedisClientLike): void {
    if (!this.#open.delete(client)) return;
    try {
      client.destroy();
    } catch {
      // It was not connected.
    }
  }

  /** Sends a command; rejects while Redis is away. */
  async send(...args: readonly string[]): Promise<unknown> {
    if (!this.#commands.isReady) throw new Error("Redis is not connected.");
    return this.#commands.sendCommand(args);
  }

  /** Sends a command that somebody waits for; rejects also when Redis does not answer soon. */
  async ask(...args: readonly string[]): Promise<unknown> {
    return withTimeout(this.send(...args), answerTimeoutMs);
  }

  /** Listens to a channel until the signal aborts, across all breaks of the connection. */
  subscribe(channel: string, listener: (message: string) => void, signal: AbortSignal): void {
    this.#channels.subscribe(channel, listener, signal);
  }

  close(): void {
    this.#closed.abort();
    clearInterval(this.#pulse);
    for (const client of this.#open) this.disconnect(client);
  }
}

export async function withTimeout<Result>(
  pending: Promise<Result>,
  timeoutMs: number,
): Promise<Result> {
  pending.catch(() => undefined); // It may fail after its time.
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error("Redis does not answer.")), timeoutMs);
    timer.unref();
  });
  try {
    return await Promise.race([pending, expired]);
  } finally {
    clearTimeout(timer);
  }
}
