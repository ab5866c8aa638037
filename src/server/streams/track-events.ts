import { tracked } from "@trpc/server";
import type { TrackedEnvelope } from "@trpc/server";
import { toTrpcError } from "../errors.ts";

/** Turns events with ids into tRPC's tracked events, and errors into those that a client may see. */
export function trackEvents<Data>(
  events: AsyncIterator<{ readonly id: string; readonly data: Data }, void, undefined>,
): AsyncIterableIterator<TrackedEnvelope<Data>, void, undefined> {
  return {
    next: async () => {
      try {
        const next = await events.next();
        if (next.done === true) return next;
        return { done: false, value: tracked(next.value.id, next.value.data) };
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
