import { onAbort } from "../shared/on-abort.ts";
import { wait } from "../shared/wait.ts";
import type { RedisClientLike } from "./redis-client-like.ts";

type Listener = (message: string) => void;

interface Channel {
  readonly name: string;
  readonly listeners: Set<Listener>;
  /** The listener that the client has for all of `listeners`. */
  readonly onMessage: Listener;
  isSubscribed: boolean;
  isSettling: boolean;
}

const retryMs = 500;

/**
 * Keeps the process subscribed to its channels on one connection, across reconnects. Each channel has at most one
 * request to the client at a time, because a client that reconnects restores its own subscriptions and could then
 * send pending requests in another order.
 */
export class RedisChannels {
  readonly #client: RedisClientLike;
  readonly #closed: AbortSignal;
  readonly #channels = new Map<string, Channel>();

  constructor(client: RedisClientLike, closed: AbortSignal) {
    this.#client = client;
    this.#closed = closed;
  }

  /** Listens to a channel until the signal aborts. */
  subscribe(name: string, listener: Listener, signal: AbortSignal): void {
    if (signal.aborted) return;
    const channel = this.#channels.get(name) ?? this.#open(name);
    channel.listeners.add(listener);
    const leave = (): void => {
      channel.listeners.delete(listener);
      void this.#settle(channel);
    };
    onAbort(signal, leave);
    void this.#settle(channel);
  }

  #open(name: string): Channel {
    const listeners = new Set<Listener>();
    const onMessage = (message: string): void => {
      for (const listener of listeners) listener(message);
    };
    const channel = { name, listeners, onMessage, isSubscribed: false, isSettling: false };
    this.#channels.set(name, channel);
    return channel;
  }

  /** Subscribes or unsubscribes until the subscription matches whether there are listeners. */
  async #settle(channel: Channel): Promise<void> {
    if (channel.isSettling) return;
    channel.isSettling = true;
    while (channel.isSubscribed !== channel.listeners.size > 0 && !this.#closed.aborted) {
      try {
        await this.#change(channel);
      } catch {
        await wait(retryMs, this.#closed);
      }
    }
    channel.isSettling = false;
    if (channel.listeners.size === 0) this.#channels.delete(channel.name);
  }

  async #change(channel: Channel): Promise<void> {
    const { name, onMessage, isSubscribed } = channel;
    if (!isSubscribed) await this.#client.subscribe(name, onMessage);
    else if (this.#client.isReady) await this.#client.unsubscribe(name, onMessage);
    else throw new Error("Redis is not connected.");
    channel.isSubscribed = !isSubscribed;
  }
}
