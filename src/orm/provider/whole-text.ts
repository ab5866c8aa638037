import { toStorable } from "../database/storable-text.ts";

/** A text that comes in pieces, made storable: half a character at the end of a piece waits for the next one. */
export class WholeText {
  #half = "";

  /** The piece with what waited in front of it, without what has to wait. */
  push(piece: string): string {
    const text = this.#half + piece;
    this.#half = /[\uD800-\uDBFF]$/.test(text) ? text.slice(-1) : "";
    return toStorable(this.#half === "" ? text : text.slice(0, -1));
  }

  /** What has waited in vain. */
  end(): string {
    const half = this.#half;
    this.#half = "";
    return toStorable(half);
  }
}
