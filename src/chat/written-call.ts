import { isPlainObject } from "../shared/is-plain-object.ts";
import { parsePartialJson } from "../shared/partial-json.ts";
import type { JsonValue } from "../shared/json-value.ts";
import type { LiveToolCall } from "./tool-call.ts";

/**
 * Of arguments that are being written, readers get each time all that can be parsed, because that is a value. It is sent
 * again when the text has grown by this part of its length. So what a character costs is limited, however long the
 * arguments get, and short ones still show each character.
 */
const growth = 1 / 64;

/** A tool call while the model writes its arguments. It is never stored: nobody may ever read half a call as a whole. */
export class WrittenCall {
  readonly #toolCallId: string;
  readonly #name: string;
  #text = "";
  #shownLength = 0;
  #arguments: JsonValue = {};

  constructor(toolCallId: string, name: string) {
    this.#toolCallId = toolCallId;
    this.#name = name;
  }

  /**
   * Appends a piece of the arguments.
   *
   * @returns the call, when readers should get it again.
   */
  append(text: string): LiveToolCall | null {
    this.#text += text;
    const { length } = this.#text;
    if (length - this.#shownLength < length * growth) return null;
    this.#shownLength = length;
    const parsed = parsePartialJson(this.#text);
    if (isPlainObject(parsed)) this.#arguments = parsed;
    return {
      toolCallId: this.#toolCallId,
      name: this.#name,
      arguments: this.#arguments,
      output: null,
      progress: null,
      result: null,
      status: "writing",
      revision: length,
    };
  }
}
