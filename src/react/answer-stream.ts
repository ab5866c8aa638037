import { applyEvent, hasGap } from "../chat/apply-event.ts";
import type { ChatEvent } from "../chat/chat-event.ts";
import type { ChatMessage } from "../chat/chat-message.ts";
import { isInProgress } from "../chat/chat-message.ts";
import type { TrackedEvent } from "../chat/chat-procedures.ts";
import type { ChatClient, Subscription } from "./chat-client.ts";
import { isFinalError } from "./chat-hook-error.ts";
import { onNextFrame } from "./next-frame.ts";

/** `lost` after 30 seconds without a connection; it still tries, less often. */
export type ChatConnection = "live" | "reconnecting" | "lost";

export interface AnswerStreamOptions {
  /** The answer as far as it is known. */
  readonly message: ChatMessage;
  readonly subscribe: ChatClient["stream"]["subscribe"];
  /** At most once a frame, with the whole answer; the last time with a final status. */
  readonly onChange: (message: ChatMessage) => void;
  /** The server will not deliver this answer; the stream has closed itself. */
  readonly onRefused: (error: unknown) => void;
  readonly onConnection: (connection: ChatConnection) => void;
}

const firstDelay = 25;
const longestDelay = 5_000;
const longestDelayWhenLost = 15_000;
const lostAfter = 30_000;
/** A page that wakes up can't tell a quiet connection from a dead one; then it connects again. */
const quietFor = 10_000;

/**
 * Follows one answer to its end: subscribes, folds what arrives once per frame, and connects again by
 * itself behind the last event that it has. All times are in milliseconds.
 */
export class AnswerStream {
  readonly messageId: string;
  readonly #options: AnswerStreamOptions;
  #message: ChatMessage;
  #events: ChatEvent[] = [];
  #lastEventId: string | null = null;
  /** Late callbacks of a subscription that was given up carry an older number. */
  #generation = 0;
  #subscription: Subscription | null = null;
  #connection: ChatConnection = "live";
  #failures = 0;
  #heardAt = 0;
  #ended = false;
  #closed = false;
  #cancelFrame: (() => void) | null = null;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #lostTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: AnswerStreamOptions) {
    this.#options = options;
    this.#message = options.message;
    this.messageId = options.message.id;
  }

  open(): void {
    if (typeof document !== "undefined") {
      window.addEventListener("online", this.#wake);
      window.addEventListener("offline", this.#markFailing);
      document.addEventListener("visibilitychange", this.#wake);
    }
    this.#connect();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (typeof document !== "undefined") {
      window.removeEventListener("online", this.#wake);
      window.removeEventListener("offline", this.#markFailing);
      document.removeEventListener("visibilitychange", this.#wake);
    }
    this.#cancelFrame?.();
    clearTimeout(this.#lostTimer);
    this.#disconnect();
  }

  #connect(): void {
    this.#disconnect();
    const generation = this.#generation;
    const isCurrent = (): boolean => generation === this.#generation;
    this.#heardAt = Date.now();
    const subscription = this.#options.subscribe(
      this.#lastEventId === null
        ? { messageId: this.messageId }
        : { messageId: this.messageId, lastEventId: this.#lastEventId },
      {
        onStarted: () => {
          if (isCurrent()) this.#markLive();
        },
        onData: (event) => {
          if (isCurrent()) this.#receive(event);
        },
        onComplete: () => {
          if (isCurrent() && !this.#ended) this.#retry();
        },
        onError: (error) => {
          if (!isCurrent() || this.#ended) return;
          if (isFinalError(error)) this.#refuse(error);
          else this.#retry();
        },
        onConnectionStateChange: ({ state, error }) => {
          if (isCurrent() && !this.#ended && state === "connecting" && error) this.#retry();
        },
      },
    );
    if (isCurrent()) this.#subscription = subscription;
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

  #receive(event: TrackedEvent): void {
    this.#heardAt = Date.now();
    this.#markLive();
    this.#lastEventId = event.id;
    if (event.data.type === "done") this.#ended = true;
    this.#events.push(event.data);
    this.#cancelFrame ??= onNextFrame(() => this.#flush());
  }

  #flush(): void {
    this.#cancelFrame = null;
    const events = this.#events;
    this.#events = [];
    let message = this.#message;
    let missed = false;
    for (const event of events) {
      if (event.type === "snapshot" || event.type === "done") missed = false;
      else if (hasGap(message, event)) missed = true;
      message = applyEvent(message, event);
    }
    if (message !== this.#message) {
      this.#message = message;
      this.#failures = 0;
      this.#options.onChange(message);
    }
    if (this.#closed) return;
    if (!isInProgress(message.status)) this.close();
    else if (missed) this.#startOver();
  }

  #startOver(): void {
    this.#lastEventId = null;
    this.#ended = false;
    this.#connectLater();
  }

  #retry(): void {
    this.#markFailing();
    this.#connectLater();
  }

  #connectLater(): void {
    this.#disconnect();
    const longest = this.#connection === "lost" ? longestDelayWhenLost : longestDelay;
    const delay = Math.min(firstDelay * 2 ** Math.min(this.#failures, 16), longest);
    this.#failures++;
    this.#retryTimer = setTimeout(() => this.#connect(), delay * (0.5 + Math.random() / 2));
  }

  #refuse(error: unknown): void {
    this.close();
    this.#options.onRefused(error);
  }

  readonly #wake = (): void => {
    if (document.hidden || this.#ended) return;
    if (this.#retryTimer !== undefined || Date.now() - this.#heardAt > quietFor) {
      this.#failures = 0;
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
    this.#options.onConnection(connection);
  }
}
