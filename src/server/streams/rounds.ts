/**
 * Gathers items and runs a task for all of them together, one round after the other. What is added while a round runs
 * waits for the next one, so that its task begins after the item was added.
 */
export class Rounds<Item> {
  readonly #run: (items: readonly Item[]) => Promise<void>;
  #next: { readonly items: Set<Item>; readonly done: Promise<void> } | null = null;
  #last: Promise<void> = Promise.resolve();

  constructor(run: (items: readonly Item[]) => Promise<void>) {
    this.#run = run;
  }

  /** Resolves when a round with the item has run, or rejects with its error. */
  add(item: Item): Promise<void> {
    this.#next ??= this.#begin();
    this.#next.items.add(item);
    return this.#next.done;
  }

  #begin() {
    const items = new Set<Item>();
    const done = this.#last.then(async () => {
      // Those who were woken by the same change come one after the other.
      await new Promise((resolve) => setImmediate(resolve));
      this.#next = null;
      await this.#run([...items]);
    });
    this.#last = done.catch(() => undefined);
    return { items, done };
  }
}
