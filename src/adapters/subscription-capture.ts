import type { AnyTRPCRouter } from "@trpc/server";
import { isObservable, observableToAsyncIterable } from "@trpc/server/observable";
import type { EventStreamHead } from "./event-stream-head.ts";
import { eventStreamHead } from "./event-stream-head.ts";
import type { CallOptions, Procedure } from "./replace-subscriptions.ts";
import { noEvents, replaceSubscriptions } from "./replace-subscriptions.ts";

/** A subscription that tRPC has opened: its context and input are settled, and its events are still to come. */
export interface CapturedSubscription {
  readonly events: AsyncIterable<unknown>;
  readonly path: string;
  readonly ctx: unknown;
  /** Whether the input was read. */
  readonly isRead: boolean;
  /** Aborts when the connection ends, or has lasted for `maxDurationMs`. */
  readonly signal: AbortSignal;
  /** What tRPC has called the procedure with. The signal aborts only as long as something refers to its request. */
  readonly options: CallOptions;
}

/**
 * Writes the whole response to a subscription.
 *
 * @returns false when it is more than the head and the events; nothing was written then.
 */
type WriteResponse = (subscription: CapturedSubscription, head: EventStreamHead) => boolean;

/**
 * Lets tRPC handle a request until its subscription is open. Then `writeResponse` writes the response, or else tRPC writes
 * what comes before the first event, and what the subscription returns is kept in `subscription`.
 */
export class SubscriptionCapture<Router extends AnyTRPCRouter> {
  /** The router for tRPC's own handler. */
  readonly router: Router;
  /** Null for any other procedure, for a subscription that could not be opened, and when the response was written. */
  subscription: CapturedSubscription | null = null;
  readonly #writeResponse: WriteResponse | null;

  /** @param writeResponse null when the app may add to the responses. */
  constructor(router: Router, writeResponse: WriteResponse | null) {
    this.#writeResponse = writeResponse;
    this.router = replaceSubscriptions(router, (procedure, options) =>
      this.#open(router, procedure, options),
    );
  }

  async #open(router: Router, procedure: Procedure, options: CallOptions): Promise<unknown> {
    let isRead = false;
    const getRawInput = (): Promise<unknown> => {
      isRead = true;
      return options.getRawInput();
    };
    const data = await procedure({ ...options, getRawInput });
    const { path, ctx, signal = new AbortController().signal } = options;
    if (!isObservable(data) && !isAsyncIterable(data)) return data;
    const events = isObservable(data) ? observableToAsyncIterable(data, signal) : data;
    const subscription = { events, path, ctx, isRead, signal, options };
    const head = this.#writeResponse === null ? null : await eventStreamHead(router, path);
    if (head !== null && !signal.aborted && this.#writeResponse?.(subscription, head) === true)
      return unanswered();
    this.subscription = subscription;
    return noEvents();
  }
}

/** Keeps tRPC from writing a response. What waits for it is collected when the subscription is. */
function unanswered(): Promise<never> {
  return new Promise(() => undefined);
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}
