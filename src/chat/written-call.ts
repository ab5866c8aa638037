import { isPlainObject } from "../shared/is-plain-object.ts";
import { GrowingJson } from "../shared/growing-json.ts";
import type { LiveToolCall } from "./tool-call.ts";

/** A tool call while the model writes its arguments. It is never stored: nobody may ever read half a call as a whole. */
export class WrittenCall {
  readonly #toolCallId: string;
  readonly #name: string;
  readonly #json = new GrowingJson();

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
    if (!this.#json.append(text)) return null;
    const { value, length } = this.#json;
    return {
      toolCallId: this.#toolCallId,
      name: this.#name,
      arguments: isPlainObject(value) ? value : {},
      output: null,
      progress: null,
      result: null,
      status: "writing",
      revision: length,
    };
  }
}
