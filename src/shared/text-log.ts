/** A small piece takes several times the memory of its text, so this many of them are joined into one. */
const maxSmallPieces = 16;

/** Texts up to this length are shared. */
const maxSharedLength = 65_536;

/** What was joined last. */
let joined: { readonly pieces: readonly string[]; readonly text: string } = {
  pieces: [],
  text: "",
};

/** Joins pieces. Several logs of an answer get the same ones in turn, and share the text that they become. */
function join(pieces: readonly string[]): string {
  const isSame =
    pieces.length === joined.pieces.length &&
    pieces.every((piece, index) => piece === joined.pieces[index]);
  if (isSame) return joined.text;
  const text = pieces.join("");
  // What is kept until the next time should be small.
  if (text.length <= maxSharedLength) joined = { pieces, text };
  return text;
}

/**
 * Text that only grows. Reading from an offset costs only as much as the text that follows it, whereas a string is
 * copied as a whole each time it is read between two appends.
 */
export class TextLog {
  readonly #pieces: string[] = [];
  #length = 0;
  /** Index of the first piece that has not been joined with others. */
  #firstSmall = 0;

  get length(): number {
    return this.#length;
  }

  append(text: string): void {
    if (text === "") return;
    this.#pieces.push(text);
    this.#length += text.length;
    if (this.#pieces.length - this.#firstSmall === maxSmallPieces) this.#merge();
  }

  #merge(): void {
    const text = join(this.#pieces.splice(this.#firstSmall));
    this.#firstSmall = this.#pieces.push(text);
  }

  /** The text from `start` on. Costs as much as there is of it. */
  slice(start: number): string {
    let index = this.#pieces.length;
    let from = this.#length;
    while (from > start && index > 0) from -= this.#pieces[--index]?.length ?? 0;
    return this.#pieces
      .slice(index)
      .join("")
      .slice(Math.max(0, start - from));
  }

  toString(): string {
    return this.#pieces.join("");
  }
}
