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
  readonly #starts: number[] = [];
  #length = 0;
  /** Index of the first piece that has not been joined with others. */
  #firstSmall = 0;

  get length(): number {
    return this.#length;
  }

  append(text: string): void {
    if (text === "") return;
    this.#pieces.push(text);
    this.#starts.push(this.#length);
    this.#length += text.length;
    if (this.#pieces.length - this.#firstSmall === maxSmallPieces) this.#merge();
  }

  #merge(): void {
    const text = join(this.#pieces.splice(this.#firstSmall));
    this.#starts.splice(this.#firstSmall + 1);
    this.#firstSmall = this.#pieces.push(text);
  }

  /** The text from `start` up to, but not including, `end`. */
  slice(start: number, end: number = this.#length): string {
    if (start >= end) return "";
    let text = "";
    for (let index = this.#pieceAt(start); index < this.#pieces.length; index++) {
      const from = this.#starts[index] ?? 0;
      if (from >= end) break;
      text += (this.#pieces[index] ?? "").slice(Math.max(0, start - from), end - from);
    }
    return text;
  }

  toString(): string {
    return this.#pieces.join("");
  }

  #pieceAt(offset: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
