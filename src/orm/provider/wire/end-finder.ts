/** Looks for the line that ends an event stream. It does not take the stream apart: its reader does that already. */
export class EndFinder {
  readonly #end: RegExp;
  readonly #onEnd: () => void;
  #line = "";

  /** @param end a multiline pattern of ASCII. */
  constructor(end: RegExp, onEnd: () => void) {
    this.#end = end;
    this.#onEnd = onEnd;
  }

  push({ buffer, byteOffset, byteLength }: Uint8Array): void {
    // In UTF-8, no byte of another character is one of ASCII.
    const text = this.#line + Buffer.from(buffer, byteOffset, byteLength).toString("latin1");
    if (this.#end.test(text)) this.#onEnd();
    this.#line = text.slice(text.lastIndexOf("\n") + 1);
  }

  end(): void {
    // The line that is looked for is seen as soon as it is there.
  }
}
