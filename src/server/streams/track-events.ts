import { tracked } from "@trpc/server";
import type { TrackedEnvelope } from "@trpc/server";
import { toTrpcError } from "../errors.ts";

/** A tracked event of tRPC that also has the fields which clients get. */
type TrackedWithFields<Data> = TrackedEnvelope<Data> & {
  readonly id: string;
  readonly data: Data;
};

/**
 * Turns events with ids into tRPC's tracked events, and errors into those that a client may see. `createCaller` gets
 * them as they are, so they have the fields that the type of the procedure promises.
 */
export function trackEvents<Data>(
  events: AsyncIterator<{ readonly id: string; readonly data: Data }, void, undefined>,
): AsyncIterableIterator<TrackedWithFields<Data>, void, undefined> {
  return {
    next: async () => {
      try {
        const next = await events.next();
        if (next.done === true) return next;
        const { id, data } = next.value;
        return { done: false, value: Object.assign(tracked(id, data), { id, data }) };
      } catch (error) {
        throw toTrpcError(error);
      }
    },
    return: async () => {
      await events.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
