import type { Subscription, SubscriptionHandlers } from "./chat-client.ts";
import { setupError, unreadable } from "./chat-hook-error.ts";
import { silenceInterval } from "./connection-times.ts";
import { readField } from "./read-field.ts";

/** Receives what one connection of a subscription delivers. */
export interface SubscriptionSink<Event> {
  /** The server has accepted the subscription. */
  readonly onStarted: () => void;
  readonly onData: (event: Event) => void;
  /** The connection broke or the server closed it; `error` is absent when it closed it in good order. */
  readonly onStopped: (error?: unknown) => void;
  /** Called every second until the server has accepted the subscription: it is slow, or something on the way holds its replies back. */
  readonly onSilent: () => void;
}

/**
 * Opens one connection of a subscription, which resumes after the event `lastEventId` or starts from the
 * beginning. Returns a function that closes it. The sink is not called before this function has returned,
 * nor after the connection was closed.
 */
export type SubscriptionSource<Event> = (
  lastEventId: string | undefined,
  sink: SubscriptionSink<Event>,
) => () => void;

/** Subscribes with a tRPC client. */
export type Subscribe<Event> = (
  lastEventId: string | undefined,
  handlers: SubscriptionHandlers<Event>,
) => Subscription;

/** Makes a source of a tRPC subscription. */
export function toSource<Event>(subscribe: Subscribe<Event>): SubscriptionSource<Event> {
  return (lastEventId, { onStarted, onData, onStopped, onSilent }) => {
    let isOpen = true;
    const silence = setInterval(onSilent, silenceInterval);
    let subscription: Subscription | undefined;
    const whileOpen =
      <Values extends unknown[]>(handle: (...values: Values) => void) =>
      (...values: Values): void => {
        const run = (): void => {
          if (isOpen) handle(...values);
        };
        // Some links call back before `subscribe` has returned.
        if (subscription) run();
        else queueMicrotask(run);
      };
    const stop = whileOpen(onStopped);
    try {
      subscription = subscribe(lastEventId, {
        onStarted: whileOpen(() => {
          clearInterval(silence);
          onStarted();
        }),
        onData: whileOpen((event) => {
          // Another copy of tRPC does not know that an event is tracked; without its transformer it has no type.
          if (readField(readField(event, "data"), "type")) onData(event);
          else onStopped(unreadable(event));
        }),
        onComplete: stop,
        onError: stop,
        onConnectionStateChange: whileOpen(({ state, error }) => {
          if (state === "connecting" && error) onStopped(error);
        }),
      });
    } catch (error) {
      // Links without subscriptions throw.
      stop(setupError(String(readField(error, "message")), error));
    }
    return () => {
      isOpen = false;
      clearInterval(silence);
      subscription?.unsubscribe();
    };
  };
}
