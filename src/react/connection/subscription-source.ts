import type { Subscription, SubscriptionHandlers } from "./chat-client.ts";

/** What a subscription tells. */
export interface SubscriptionSink<Event> {
  /** The server has accepted it. */
  readonly onLive: () => void;
  readonly onEvent: (event: Event) => void;
  /** The connection broke, or it ended: with an error, if there was one. */
  readonly onBreak: (error?: unknown) => void;
}

/**
 * Opens a subscription that resumes behind the event with that id, or begins anew. Returns what closes it. It
 * calls back only after it has returned, and never after it was closed.
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

/** A tRPC subscription as a source. */
export function toSource<Event>(subscribe: Subscribe<Event>): SubscriptionSource<Event> {
  return (lastEventId, { onLive, onEvent, onBreak }) => {
    let isOpen = true;
    let subscription: Subscription | undefined;
    const whileOpen =
      <Values extends unknown[]>(handle: (...values: Values) => void) =>
      (...values: Values): void => {
        const run = (): void => {
          if (isOpen) handle(...values);
        };
        // Some links call back before they have returned.
        if (subscription) run();
        else queueMicrotask(run);
      };
    subscription = subscribe(lastEventId, {
      onStarted: whileOpen(onLive),
      onData: whileOpen(onEvent),
      onComplete: whileOpen(onBreak),
      onError: whileOpen(onBreak),
      onConnectionStateChange: whileOpen(({ state, error }) => {
        if (state === "connecting" && error) onBreak(error);
      }),
    });
    return () => {
      isOpen = false;
      subscription.unsubscribe();
    };
  };
}
