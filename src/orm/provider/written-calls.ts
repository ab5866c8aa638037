import { LazyMap } from "../../shared/collections/lazy-map.ts";
import type { ToolCall } from "@node-llm/core";
import { parseJson } from "../../shared/json-value.ts";
import { toStorable } from "../../chat/storable-text.ts";
import type { WrittenPiece } from "./wire/wire-answer.ts";

/** A piece of the arguments of a tool call that the model is writing. */
export interface WrittenArguments {
  readonly toolCallId: string;
  readonly name: string;
  readonly text: string;
}

/**
 * Reports the tool calls of a response while the model writes them. A call is shown only under an id that it will keep:
 * one whose id the message has already appears when it is whole.
 */
export class WrittenCalls {
  readonly #taken: ReadonlySet<string>;
  readonly #onWritten: (piece: WrittenArguments) => void;
  /** The places of the calls that are shown, by their ids. */
  readonly #places = new LazyMap<string, number>();

  /**
   * @param taken the ids that the message has.
   * @param onWritten called with each piece.
   */
  constructor(taken: ReadonlySet<string>, onWritten: (piece: WrittenArguments) => void) {
    this.#taken = taken;
    this.#onWritten = onWritten;
  }

  /** Reports a piece of a call's arguments. */
  report({ id, name, place }: WrittenPiece, text: string): void {
    const toolCallId = toStorable(id);
    if (this.#taken.has(toolCallId) || (this.#places.get(toolCallId) ?? place) !== place) return;
    this.#places.set(toolCallId, place);
    this.#onWritten({ toolCallId, name: toStorable(name), text: toStorable(text) });
  }

  /** Reports calls that an app's own provider sends again and again while their arguments grow. */
  reportGrowing(before: readonly ToolCall[], calls: readonly ToolCall[]): void {
    for (const { id, function: called } of calls) {
      const { name, arguments: args } = called;
      if (!id || typeof args !== "string") continue;
      const known = before.find((call) => call.id === id)?.function.arguments ?? "";
      const isShown = this.#places.has(toStorable(id));
      // What comes in one piece is no longer being written.
      if (!args.startsWith(known) || (!isShown && parseJson(args || "{}") !== undefined)) continue;
      const text = isShown ? args.slice(known.length) : args;
      if (text !== "") this.report({ id, name, place: 0 }, text);
    }
  }
}
