import type { JsonValue } from "./json-value.ts";
import { withSafeKeys } from "./json-value.ts";
import { parsePartialJson } from "./partial-json.ts";

/**
 * Of JSON that is being written, readers get each time all that can be parsed, because that is a value. It is parsed and
 * sent again when the text has grown by this part of its length. So what a character costs is limited, however long the
 * text gets, and a short one still shows each character.
 */
const growth = 1 / 64;

/** Some models put JSON into a block of Markdown. */
const fence = /^\s*```(?:json)?\s*/i;

/** JSON while a model writes it. */
export class GrowingJson {
  #text = "";
  #shownLength = 0;
  #value: JsonValue | undefined;

  /** All that can be read so far; undefined for nothing. */
  get value(): JsonValue | undefined {
    return this.#value;
  }

  /** The length of the text. */
  get length(): number {
    return this.#text.length;
  }

  /**
   * Appends a piece of the text.
   *
   * @returns whether readers should get the value again.
   */
  append(text: string): boolean {
    this.#text += text;
    const { length } = this.#text;
    if (length - this.#shownLength < length * growth) return false;
    this.#shownLength = length;
    const value = parsePartialJson(this.#text.replace(fence, ""));
    if (value !== undefined) this.#value = withSafeKeys(value);
    return true;
  }
}
