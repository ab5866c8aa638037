import type { ChatHookError } from "./chat-hook-error.ts";
import { serverCode, setupError, toChatHookError } from "./chat-hook-error.ts";
import { readField } from "./read-field.ts";
import {
  firstDelay,
  maxDelay,
  maxDelayWhenLost,
  lostAfter,
  maxSilence,
} from "./connection-times.ts";
import type { SubscriptionSource } from "./subscription-source.ts";

/**
 * The connection of a subscription: `live`, `reconnecting` after it broke, or `lost` after 30 seconds without
 * success. While it is `lost` it is still retried, at most every 15 seconds.
 */
export type ChatConnection = "live" | "reconnecting" | "lost";

export interface ReconnectingSubscriptionOptions<Event> {
  readonly source: SubscriptionSource<Event>;
  readonly onData: (event: Event) => void;
  /** The server has refused the subscription, which is closed now. */
  readonly onError?: (error: ChatHookError) => void;
  readonly onConnectionStateChange?: (connection: ChatConnection) => void;
  /** How many other requests the server has yet to reply to: until it has, silence says nothing. */
  readonly isFetching?: () => number;
  /**
   * No event has arrived two seconds after the server had replied to other requests, and for as long again as these took;
   * or the connection fails again and again; or the server refuses it for a reason that may pass. Null once an event arrives, a connection has held, or it is closed.
   */
  readonly onMissing?: (error: ChatHookError | null) => void;
}

export interface ReconnectingSubscription {
  /** Opens the subscription, or resumes it after the last event when it was closed. */
  readonly open: () => void;
  readonly close: () => void;
  /** Reconnects as if no event had been received. */
  readonly startOver: () => void;
}

/** Keeps a subscription open until it is closed: when the connection breaks, it resumes after the last event. */
export function createReconnectingSubscription<Event extends { readonly id: string }>({
  source,
  onData,
  onError,
  onConnectionStateChange,
  isFetching,
  onMissing,
}: ReconnectingSubscriptionOptions<Event>): ReconnectingSubscription {
  let lastEventId: string | undefined;
  let connection: ChatConnection = "live";
  let failures = 0;
  /** When the connection was opened or last delivered an event; 0 while there is none. */
  let heardAt = 0;
  /**
   * How many checks have found nothing after the server had replied to other requests, less those before: where functions
   * are started for requests, a subscription may take as long again as they did.
   */
  let silentChecks = 0;
  /** The server says that it has accepted the connection. It may refuse it yet: only time or an event tells. */
  let isStarted = false;
  /** What `onMissing` was last told. */
  let fault: ChatHookError | null = null;
  let lostTimer: ReturnType<typeof setTimeout> | undefined;
  let sleepCheck: ReturnType<typeof setInterval> | undefined;
  let pageListeners: AbortController | undefined;
  /** Closes the connection, or cancels the next attempt. */
  let disconnect = (): void => {};

  function setConnection(next: ChatConnection): void {
    if (next === connection || (next === "reconnecting" && connection === "lost")) return;
    connection = next;
    clearTimeout(lostTimer);
    if (next === "reconnecting") lostTimer = setTimeout(setConnection, lostAfter, "lost");
    onConnectionStateChange?.(next);
  }

  /** @param next by default: nothing arrives, unless something has */
  function report(
    next: ChatHookError | null = lastEventId
      ? fault
      : setupError("No live updates: no procedure, or a buffering proxy"),
  ): void {
    if (next?.message !== fault?.message) onMissing?.((fault = next));
  }

  /** A connection that was quiet for a while did not fail to open. */
  function settle(): void {
    if (!isStarted || Date.now() - heardAt <= maxDelay) return;
    failures = 0;
    if (!fault) return;
    report(null);
    setConnection("live");
  }

  function connect(): void {
    sleep();
    heardAt = Date.now();
    disconnect = source(lastEventId, {
      onStarted() {
        isStarted = true;
        // What has refused it may do so again.
        if ((fault?.code ?? "NETWORK") === "NETWORK") setConnection("live");
      },
      onData(event) {
        heardAt = Date.now();
        setConnection("live");
        report(null);
        // Only a new event is progress: the next reconnect may be immediate again.
        if (event.id !== lastEventId) failures = 0;
        lastEventId = event.id;
        onData(event);
      },
      onSilent() {
        silentChecks += isFetching?.() ? -1 : 1;
        if (silentChecks > 1) report();
      },
      onStopped(reason) {
        const error = toChatHookError(reason);
        // A session that expired in the meantime may be renewed by the app.
        if (!error.retryable && (!lastEventId || error.code !== "UNAUTHORIZED")) {
          close();
          onError?.(error);
          return;
        }
        settle();
        isStarted = false;
        setConnection("reconnecting");
        // tRPC reconnects a WebSocket with all its subscriptions; a second subscription would get in its way.
        if (/WebSocket/.test(String(readField(reason, "cause")))) return;
        if (failures > 4) report(error.retryable && serverCode(reason) ? error : undefined);
        connectLater();
      },
    });
  }

  function connectLater(): void {
    sleep();
    const limit = connection === "lost" ? maxDelayWhenLost : maxDelay;
    const delay = Math.min(firstDelay * 2 ** failures++, limit);
    const timer = setTimeout(connect, delay * (0.5 + Math.random() / 2));
    disconnect = () => clearTimeout(timer);
  }

  function wake(): void {
    // Where there is no page, as in a terminal, it counts as visible.
    if (globalThis.document?.hidden || Date.now() - heardAt < maxSilence) return;
    failures = 0;
    connect();
  }

  /** A sleeping page must not hold a connection, least of all one that it shares with other tabs. */
  function sleep(): void {
    disconnect();
    heardAt = 0;
    isStarted = false;
  }

  function close(): void {
    report(null);
    pageListeners?.abort();
    clearInterval(sleepCheck);
    clearTimeout(lostTimer);
    disconnect();
  }

  return {
    open() {
      pageListeners = new AbortController();
      const listeners = {
        online: wake,
        visibilitychange: wake,
        pageshow: wake,
        pagehide: sleep,
        freeze: sleep,
        offline: () => setConnection("reconnecting"),
      };
      for (const [type, listener] of Object.entries(listeners)) {
        globalThis.window?.addEventListener(type, listener, {
          // `freeze` does not bubble up to the window.
          capture: true,
          signal: pageListeners.signal,
        });
      }
      let checkedAt = Date.now();
      // Not every machine tells its pages that it was asleep.
      sleepCheck = setInterval(() => {
        settle();
        if (Date.now() - checkedAt > maxSilence) wake();
        checkedAt = Date.now();
      }, maxDelay);
      connect();
    },
    close,
    startOver() {
      lastEventId = undefined;
      connectLater();
    },
  };
}
