import type { InContext } from "../../orm/context/async-context.ts";
import { keepContext } from "../../orm/context/async-context.ts";
import { done } from "./done.ts";

/**
 * Opens an iterator when the first item is requested, because nobody would close one that is never read. A generator
 * would do the same, but would cost several more promises for each item of each reader.
 */
export function openLazily<Item>(
  open: () => Promise<AsyncIterator<Item, void, undefined>>,
): AsyncIterableIterator<Item, void, undefined> {
  return new LazyIterator(open);
}

/** A class, because there is one for each reader, and closures would be made anew for each. */
class LazyIterator<Item> implements AsyncIterableIterator<Item, void, undefined> {
  readonly #open: () => Promise<AsyncIterator<Item, void, undefined>>;
  // A middleware may have set an `AsyncLocalStorage` context, which is over when tRPC asks for the first item.
  readonly #inContext: InContext = keepContext();
  #opening: Promise<AsyncIterator<Item, void, undefined>> | null = null;
  #source: AsyncIterator<Item, void, undefined> | null = null;
  #isOver = false;

  constructor(open: () => Promise<AsyncIterator<Item, void, undefined>>) {
    this.#open = open;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Item, void>> {
    if (this.#isOver) return Promise.resolve(done);
    const source = this.#source;
    return source === null ? this.#openThenNext() : this.#inContext(() => source.next());
  }

  async #openThenNext(): Promise<IteratorResult<Item, void>> {
    try {
      this.#opening ??= this.#inContext(this.#open);
      this.#source = await this.#opening;
    } catch (error) {
      this.#isOver = true;
      throw error;
    }
    const source = this.#source;
    return this.#inContext(() => source.next());
  }

  async return(): Promise<IteratorReturnResult<void>> {
    this.#isOver = true;
    // If it could not be opened, `next` has thrown the error.
    const source = await this.#opening?.catch(() => null);
    await source?.return?.();
    return done;
  }
}
