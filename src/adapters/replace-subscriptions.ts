import type { AnyTRPCRouter } from "@trpc/server";

/** What a procedure is called with, as far as it is read here. */
export interface CallOptions {
  readonly path: string;
  readonly ctx: unknown;
  readonly getRawInput: () => Promise<unknown>;
  readonly signal?: AbortSignal | undefined;
}

export type Procedure = ((options: CallOptions) => Promise<unknown>) & {
  readonly _def: { readonly type: string };
};

/** Another implementation of a subscription. */
export type OpenSubscription = (procedure: Procedure, options: CallOptions) => Promise<unknown>;

/** The router with another implementation of its subscriptions. */
export function replaceSubscriptions<Router extends AnyTRPCRouter>(
  router: Router,
  open: OpenSubscription,
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

/** Events that fail at once. */
export function failedEvents(error: unknown): AsyncIterable<never> {
  const next = async (): Promise<never> => {
    throw error;
  };
  return { [Symbol.asyncIterator]: () => ({ next }) };
}

/** No events. tRPC takes an `AbortError` for the end of the connection, and says nothing of it. */
export function noEvents(): AsyncIterable<never> {
  return failedEvents(new DOMException("The events are written elsewhere.", "AbortError"));
}
