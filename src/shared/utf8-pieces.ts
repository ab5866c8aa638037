/** Keeps byte order marks: only one at the beginning of the whole text is removed, and no piece for this decoder is there. */
const wholeDecoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Decodes UTF-8 that arrives in pieces. When a piece and the one before it end with an ASCII character, as those of a
 * stream of events do, no character is cut. A `TextDecoder` that is told to expect more takes three times as long.
 */
export class Utf8Pieces {
  readonly #decoder = new TextDecoder();
  /** Whether nothing waits for the rest of its bytes. False at the beginning, where a byte order mark may be. */
  #isBetween = false;

  push(bytes: Uint8Array): string {
    const last = bytes.at(-1);
    if (last === undefined) return "";
    const endsWhole = last < 0x80;
    if (this.#isBetween && endsWhole) return wholeDecoder.decode(bytes);
    this.#isBetween = endsWhole;
    return this.#decoder.decode(bytes, { stream: true });
  }

  /** @returns what waits for the rest of its bytes, as a replacement character. */
  end(): string {
    return this.#decoder.decode();
  }
}
