import type { Subscription, SubscriptionHandlers } from "./chat-client.ts";
import { isFinalError } from "./chat-hook-error.ts";
import { readField } from "./read-field.ts";

/** `lost` after 30 seconds without a connection; it still tries, less often. */
export type ChatConnection = "live" | "reconnecting" | "lost";

/** Opens a subscription that resumes behind the event with that id, or begins anew. */
export type Subscribe<Event> = (
  lastEventId: string | undefined,
  handlers: SubscriptionHandlers<Event>,
) => Subscription;

export interface LiveSubscriptionOptions<Event> {
  readonly subscribe: Subscribe<Event>;
  readonly onEvent: (event: Event) => void;
  /** The server will not deliver it; the subscription has closed itself. */
  readonly onRefused: (error: unknown) => void;
  readonly onConnection?: (connection: ChatConnection) => void;
}

const firstDelay = 25;
const longestDelay = 5_000;
const longestDelayWhenLost = 15_000;
const lostAfter = 30_000;
/** A page that wakes up can't tell a quiet connection from a dead one; then it connects again. */
const quietFor = 10_000;

/**
 * A subscription that goes on until it is closed: it connects again by itself behind the last event
 * that it has. All times are in milliseconds.
 */
export class LiveSubscription<Event extends { readonly id: string }> {
  readonly #options: LiveSubscriptionOptions<Event>;
  #lastEventId: string | undefined;
  /** Late callbacks of a subscription that was given up carry an older number. */
  #generation = 0;
  #subscription: Subscription | null = null;
  #connection: ChatConnection = "live";
  #failures = 0;
  #heardAt = 0;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #lostTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: LiveSubscriptionOptions<Event>) {
    this.#options = options;
  }

  open(): void {
    this.#listen("addEventListener");
    this.#connect();
  }

  close(): void {
    this.#listen("removeEventListener");
    clearTimeout(this.#lostTimer);
    this.#disconnect();
  }

  /** The connection serves its purpose: should it break, the next one is tried at once. */
  progressed(): void {
    this.#failures = 0;
  }

  /** Subscribes once more, as if nothing had been received. */
  startOver(): void {
    this.#lastEventId = undefined;
    this.#connectLater();
  }

  #listen(change: "addEventListener" | "removeEventListener"): void {
    if (typeof document === "undefined") return;
    window[change]("online", this.#wake);
    window[change]("offline", this.#markFailing);
    document[change]("visibilitychange", this.#wake);
  }

  #connect(): void {
    this.#disconnect();
    const generation = this.#generation;
    const whenCurrent =
      <Values extends unknown[]>(handle: (...values: Values) => void) =>
      (...values: Values): void => {
        if (generation === this.#generation) handle(...values);
      };
    this.#heardAt = Date.now();
    const subscription = this.#options.subscribe(this.#lastEventId, {
      onStarted: whenCurrent(() => this.#markLive()),
      onData: whenCurrent((event) => this.#receive(event)),
      onComplete: whenCurrent(() => this.#retry()),
      onError: whenCurrent((error) => {
        if (!isFinalError(error)) return this.#retry();
        this.close();
        this.#options.onRefused(error);
      }),
      onConnectionStateChange: whenCurrent(({ state, error }) => {
        if (state !== "connecting" || !error) return;
        // A WebSocket comes back by itself, with all its subscriptions, and gets confused by new ones.
        if (/WebSocket/.test(String(readField(error, "cause")))) this.#markFailing();
        else this.#retry();
      }),
    });
    if (generation === this.#generation) this.#subscription = subscription;
    else subscription.unsubscribe();
  }

  #disconnect(): void {
    this.#generation++;
    clearTimeout(this.#retryTimer);
    this.#retryTimer = undefined;
    const subscription = this.#subscription;
    this.#subscription = null;
    subscription?.unsubscribe();
  }

  #receive(event: Event): void {
    this.#heardAt = Date.now();
    this.#markLive();
    this.#lastEventId = event.id;
    this.#options.onEvent(event);
  }

  #retry(): void {
    // It was a quiet connection, not one that could not be made.
    if (Date.now() - this.#heardAt > longestDelay) this.progressed();
    this.#markFailing();
    this.#connectLater();
  }

  #connectLater(): void {
    this.#disconnect();
    const longest = this.#connection === "lost" ? longestDelayWhenLost : longestDelay;
    const delay = Math.min(firstDelay * 2 ** this.#failures, longest);
    this.#failures++;
    this.#retryTimer = setTimeout(() => this.#connect(), delay * (0.5 + Math.random() / 2));
  }

  readonly #wake = (): void => {
    if (document.hidden) return;
    if (this.#retryTimer !== undefined || Date.now() - this.#heardAt > quietFor) {
      this.progressed();
      this.#connect();
    }
  };

  readonly #markFailing = (): void => {
    if (this.#connection !== "live") return;
    this.#setConnection("reconnecting");
    this.#lostTimer = setTimeout(() => this.#setConnection("lost"), lostAfter);
  };

  #markLive(): void {
    if (this.#connection === "live") return;
    clearTimeout(this.#lostTimer);
    this.#setConnection("live");
  }

  #setConnection(connection: ChatConnection): void {
    this.#connection = connection;
    this.#options.onConnection?.(connection);
  }
}
