/** Hands items from a writer to a reader, one at a time: `push` waits until the reader asks for the next item. */
export class Relay<Item> implements AsyncIterable<Item> {
  #offered: { readonly item: Item } | null = null;
  #isClosed = false;
  #release = (): void => undefined;
  #wake = (): void => undefined;

  /** Resolves when the reader asks for the next item, or when the relay is closed. */
  async push(item: Item): Promise<void> {
    if (this.#isClosed) return;
    this.#offered = { item };
    this.#wake();
    await new Promise<void>((resolve) => {
      this.#release = resolve;
    });
  }

  /** Ends the loop of the reader, and resolves what the writer waits for. */
  close(): void {
    this.#isClosed = true;
    this.#release();
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    for (;;) {
      const offered = this.#offered;
      if (offered !== null) {
        this.#offered = null;
        yield offered.item;
        this.#release();
      } else if (this.#isClosed) return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}
