import { RedisChannels } from "./redis-channels.ts";
import type { RedisClientLike } from "./redis-client-like.ts";
import { withTimeout } from "./with-timeout.ts";

/** How long a caller waits for a reply before it falls back to the database, in milliseconds. */
const replyTimeoutMs = 300;
/** How often Redis is pinged, in milliseconds. It counts as lost when the reply takes longer than that. */
const pingMs = 1_000;

/**
 * A hub's connections: one for commands, one for subscriptions, and those that `connect` adds. They use the settings
 * of the app's client, reconnect automatically, and do not keep the process alive.
 */
export class RedisConnections {
  readonly #template: RedisClientLike;
  readonly #onError: (error: Error) => void;
  readonly #open = new Set<RedisClientLike>();
  readonly #commands: RedisClientLike;
  readonly #subscriber: RedisClientLike;
  readonly #closed = new AbortController();
  readonly #onChange: () => void;
  readonly #pingTimer: NodeJS.Timeout;
  readonly #channels: RedisChannels;
  #isDegraded = false;
  #isAwaitingPong = false;
  #isSilent = false;

  /**
   * @param onError is called with the first error of each outage.
   * @param onChange is called when a connection may have been lost or restored.
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
    this.#pingTimer = setInterval(() => this.#ping(), pingMs).unref();
  }

  /** Whether Redis is connected and responds. */
  get isReady(): boolean {
    return this.#commands.isReady && this.#subscriber.isReady && !this.#isSilent;
  }

  /** True from the first error of an outage until the connection is restored. */
  get isDegraded(): boolean {
    return this.#isDegraded;
  }

  /** Aborts when the hub is closed. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** Opens another connection. */
  connect(): RedisClientLike {
    // Without a queue, a command that cannot be sent fails at once, and its caller falls back to the database.
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

  /** Detects a server that hangs, which keeps its connections open. */
  #ping(): void {
    if (!this.#commands.isReady) return;
    if (this.#isAwaitingPong) {
      // The pong may have arrived already while this process was too busy to read it.
      setImmediate(() => {
        if (!this.#isAwaitingPong || this.#isSilent) return;
        this.#isSilent = true;
        this.#degrade(new Error("Redis does not respond."));
      });
      return;
    }
    this.#isAwaitingPong = true;
    const end = (): void => {
      this.#isAwaitingPong = false;
      if (!this.#isSilent) return;
      this.#isSilent = false;
      this.#isDegraded = !this.isReady;
      this.#onChange();
    };
    this.#commands.sendCommand(["PING"]).then(end, end);
  }

  /** Closes a connection that `connect` opened. */
  disconnect(client: RedisClientLike): void {
    if (!this.#open.delete(client)) return;
    try {
      client.destroy();
    } catch {
      // It was not connected.
    }
  }

  /** Sends a command. Rejects while Redis is not connected. */
  async send(...args: readonly string[]): Promise<unknown> {
    if (!this.#commands.isReady) throw new Error("Redis is not connected.");
    return this.#commands.sendCommand(args);
  }

  /** Sends a command and rejects when Redis does not reply soon. */
  async ask(...args: readonly string[]): Promise<unknown> {
    return withTimeout(this.send(...args), replyTimeoutMs);
  }

  /** Listens to a channel until the signal aborts, across reconnects. */
  subscribe(channel: string, listener: (message: string) => void, signal: AbortSignal): void {
    this.#channels.subscribe(channel, listener, signal);
  }

  /** Closes all connections for good. */
  close(): void {
    this.#closed.abort();
    clearInterval(this.#pingTimer);
    for (const client of this.#open) this.disconnect(client);
  }
}
