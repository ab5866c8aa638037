import { tracked } from "@trpc/server";
import type { TrackedEnvelope } from "@trpc/server";
import { toTrpcError } from "../errors.ts";
import { done } from "./done.ts";

/** A tracked event of tRPC that also has the fields which clients get. */
type TrackedWithFields<Data> = TrackedEnvelope<Data> & {
  readonly id: string;
  readonly data: Data;
};

type Events<Data> = AsyncIterator<{ readonly id: string; readonly data: Data }, void, undefined>;

/**
 * Turns events with ids into tRPC's tracked events, and errors into those that a client may see. `createCaller` gets
 * them as they are, so they have the fields that the type of the procedure promises. Nothing follows an error.
 */
export function trackEvents<Data>(
  events: Events<Data>,
): AsyncIterableIterator<TrackedWithFields<Data>, void, undefined> {
  return new TrackedEvents(events);
}

/** A class, because there is one for each reader, and closures would be made anew for each. */
class TrackedEvents<Data> implements AsyncIterableIterator<
  TrackedWithFields<Data>,
  void,
  undefined
> {
  readonly #events: Events<Data>;
  #hasFailed = false;

  constructor(events: Events<Data>) {
    this.#events = events;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<TrackedWithFields<Data>, void>> {
    if (this.#hasFailed) return done;
    try {
      const next = await this.#events.next();
      if (next.done === true) return next;
      const { id, data } = next.value;
      return { done: false, value: Object.assign(tracked(id, data), { id, data }) };
    } catch (error) {
      this.#hasFailed = true;
      throw toTrpcError(error);
    }
  }

  async return(): Promise<IteratorReturnResult<void>> {
    await this.#events.return?.();
    return done;
  }
}
