/** A text that a test streams piece by piece while it watches the page. */
export class HeldText implements AsyncIterable<string> {
  readonly #pieces: string[] = [];
  #ended = false;
  #wake: () => void = () => undefined;

  constructor(...pieces: readonly string[]) {
    this.#pieces.push(...pieces);
  }

  write(...pieces: readonly string[]): void {
    this.#pieces.push(...pieces);
    this.#wake();
  }

  end(...pieces: readonly string[]): void {
    this.#ended = true;
    this.write(...pieces);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    while (true) {
      const piece = this.#pieces.shift();
      if (piece !== undefined) yield piece;
      else if (this.#ended) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
