import type { Subscription, SubscriptionHandlers } from "./chat-client.ts";

/** Receives what one connection of a subscription delivers. */
export interface SubscriptionSink<Event> {
  /** The server has accepted the subscription. */
  readonly onStarted: () => void;
  readonly onData: (event: Event) => void;
  /** The connection broke or the server closed it; `error` is absent when it closed it in good order. */
  readonly onStopped: (error?: unknown) => void;
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
  return (lastEventId, { onStarted, onData, onStopped }) => {
    let isOpen = true;
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
    subscription = subscribe(lastEventId, {
      onStarted: whileOpen(onStarted),
      onData: whileOpen(onData),
      onComplete: whileOpen(onStopped),
      onError: whileOpen(onStopped),
      onConnectionStateChange: whileOpen(({ state, error }) => {
        if (state === "connecting" && error) onStopped(error);
      }),
    });
    return () => {
      isOpen = false;
      subscription.unsubscribe();
    };
  };
}
