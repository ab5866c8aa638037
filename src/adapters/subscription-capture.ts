import type { AnyTRPCRouter } from "@trpc/server";
import { isObservable, observableToAsyncIterable } from "@trpc/server/observable";

/** A subscription that tRPC has opened: its context and input are settled, and its events are still to come. */
export interface OpenSubscription {
  readonly events: AsyncIterable<unknown>;
  readonly path: string;
  readonly ctx: unknown;
  /** Whether the input was read. */
  readonly isRead: boolean;
  /** Aborts when the connection ends, or has lasted for `maxDurationMs`. */
  readonly signal: AbortSignal;
}

/** What a procedure is called with, as far as it is read here. */
interface CallOptions {
  readonly path: string;
  readonly ctx: unknown;
  readonly getRawInput: () => Promise<unknown>;
  readonly signal?: AbortSignal | undefined;
}

type Procedure = ((options: CallOptions) => Promise<unknown>) & {
  readonly _def: { readonly type: string };
};

/**
 * Lets tRPC handle a request up to the first event of a subscription, which it believes to have none. What the
 * subscription returns is kept in `subscription`.
 */
export class SubscriptionCapture<Router extends AnyTRPCRouter> {
  /** The router for tRPC's own handler. */
  readonly router: Router;
  /** Null for any other procedure, and for a subscription that could not be opened. */
  subscription: OpenSubscription | null = null;

  constructor(router: Router) {
    this.router = replaceSubscriptions(router, (procedure, options) =>
      this.#open(procedure, options),
    );
  }

  async #open(procedure: Procedure, options: CallOptions): Promise<unknown> {
    let isRead = false;
    const getRawInput = (): Promise<unknown> => {
      isRead = true;
      return options.getRawInput();
    };
    const data = await procedure({ ...options, getRawInput });
    const { path, ctx, signal = new AbortController().signal } = options;
    if (!isObservable(data) && !isAsyncIterable(data)) return data;
    const events = isObservable(data) ? observableToAsyncIterable(data, signal) : data;
    this.subscription = { events, path, ctx, isRead, signal };
    return failedEvents(new DOMException("The events are written elsewhere.", "AbortError"));
  }
}

/** The router with another implementation of its subscriptions. */
export function replaceSubscriptions<Router extends AnyTRPCRouter>(
  router: Router,
  open: (procedure: Procedure, options: CallOptions) => Promise<unknown>,
): Router {
  const replace = (procedure: Procedure | undefined): Procedure | undefined =>
    procedure?._def.type === "subscription"
      ? Object.assign((options: CallOptions) => open(procedure, options), procedure)
      : procedure;
  // tRPC looks procedures up by their paths, some of them after it has loaded a lazy router.
  const procedures = new Proxy<object>(router._def.procedures, {
    get: (target, path) => replace(Reflect.get(target, path)),
  });
  // An object that inherits from the router has its type.
  return Object.create(router, { _def: { value: { ...router._def, procedures } } }) as Router;
}

/** Events that fail at once. tRPC takes an `AbortError` for the end of the connection, and says nothing of it. */
export function failedEvents(error: unknown): AsyncIterable<never> {
  const next = async (): Promise<never> => {
    throw error;
  };
  return { [Symbol.asyncIterator]: () => ({ next }) };
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}
