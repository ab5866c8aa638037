import { isFinalError } from "./chat-hook-error.ts";
import { onPage } from "./on-page.ts";
import { readField } from "./read-field.ts";
import type { SubscriptionSource } from "./subscription-source.ts";

/** `lost` after 30 seconds without a connection; it still tries, less often. */
export type ChatConnection = "live" | "reconnecting" | "lost";

export interface LiveSubscriptionOptions<Event> {
  readonly source: SubscriptionSource<Event>;
  readonly onEvent: (event: Event) => void;
  /** The server will not deliver it; the subscription has closed itself. */
  readonly onRefused?: (error: unknown) => void;
  readonly onConnection?: (connection: ChatConnection) => void;
}

export interface LiveSubscription {
  /** Opens it, or opens it again where it was when it was closed. */
  readonly open: () => void;
  readonly close: () => void;
  /** Subscribes once more, as if nothing had been received. */
  readonly startOver: () => void;
}

const firstDelay = 25;
const longestDelay = 5_000;
const longestDelayWhenLost = 15_000;
const lostAfter = 30_000;
/** A page that wakes up can't tell a quiet connection from a dead one; then it connects again. */
const quietFor = 10_000;
/** How often to look whether the machine has slept: not every one tells its pages. */
const tick = 5_000;

/**
 * A subscription that goes on until it is closed: it connects again by itself behind the last event
 * that it has. All times are in milliseconds.
 */
export function createLiveSubscription<Event extends { readonly id: string }>({
  source,
  onEvent,
  onRefused,
  onConnection,
}: LiveSubscriptionOptions<Event>): LiveSubscription {
  let lastEventId: string | undefined;
  let connection: ChatConnection = "live";
  let failures = 0;
  /** When the connection was begun, or last heard of; 0 while there is none. */
  let heardAt = 0;
  let lostTimer: ReturnType<typeof setTimeout> | undefined;
  /** Ends the connection, or the pause before the next one. */
  let disconnect = (): void => {};
  let opened = new AbortController();
  let ticking: ReturnType<typeof setInterval> | undefined;

  function mark(next: ChatConnection): void {
    if (next === connection || (next === "reconnecting" && connection === "lost")) return;
    connection = next;
    clearTimeout(lostTimer);
    if (next === "reconnecting") lostTimer = setTimeout(mark, lostAfter, "lost");
    onConnection?.(next);
  }

  function connect(): void {
    disconnect();
    heardAt = Date.now();
    disconnect = source(lastEventId, {
      onLive: () => mark("live"),
      onEvent(event) {
        heardAt = Date.now();
        mark("live");
        // The connection serves its purpose: should it break, the next one is tried at once.
        if (event.id !== lastEventId) failures = 0;
        lastEventId = event.id;
        onEvent(event);
      },
      onBreak(error) {
        if (isFinalError(error)) {
          close();
          onRefused?.(error);
          return;
        }
        mark("reconnecting");
        // A WebSocket comes back by itself, with all its subscriptions, and gets confused by new ones.
        if (/WebSocket/.test(String(readField(error, "cause")))) return;
        // It was a quiet connection, not one that could not be made.
        if (Date.now() - heardAt > longestDelay) failures = 0;
        connectLater();
      },
    });
  }

  function connectLater(): void {
    sleep();
    const longest = connection === "lost" ? longestDelayWhenLost : longestDelay;
    const delay = Math.min(firstDelay * 2 ** failures++, longest);
    const timer = setTimeout(connect, delay * (0.5 + Math.random() / 2));
    disconnect = () => clearTimeout(timer);
  }

  function wake(): void {
    // Without a page, as in a terminal, it is always seen.
    if (globalThis.document?.hidden || Date.now() - heardAt < quietFor) return;
    failures = 0;
    connect();
  }

  /** A page that is put to sleep must not hold a connection, least of all for other tabs. */
  function sleep(): void {
    disconnect();
    heardAt = 0;
  }

  function close(): void {
    opened.abort();
    clearInterval(ticking);
    clearTimeout(lostTimer);
    disconnect();
  }

  return {
    open() {
      opened = new AbortController();
      onPage(["online", "visibilitychange", "pageshow", "resume"], wake, opened.signal);
      onPage(["pagehide", "freeze"], sleep, opened.signal);
      onPage(["offline"], () => mark("reconnecting"), opened.signal);
      let tickedAt = Date.now();
      ticking = setInterval(() => {
        if (Date.now() - tickedAt > quietFor) wake();
        tickedAt = Date.now();
      }, tick);
      connect();
    },
    close,
    startOver() {
      lastEventId = undefined;
      connectLater();
    },
  };
}
