import type { Message, ToolCall } from "@node-llm/core";

/**
 * Lets core continue an answer after an approval. Core starts again from the question, so instead of the first call of
 * the provider it gets the approved tool calls, and runs them like any others. The provider then gets the answer so
 * far with the results of all its calls.
 */
export class ContinuedAnswer {
  readonly #approved: readonly ToolCall[];
  readonly #replay: () => Message[];
  /** The number of messages before the answer. */
  #start: number | null = null;
  #answer: readonly Message[] | null = null;

  /** @param replay returns the answer so far. Called when all of its calls have results. */
  constructor(approved: readonly ToolCall[], replay: () => Message[]) {
    this.#approved = approved;
    this.#replay = replay;
  }

  /** Returns the approved calls for core to run the first time, and none after that. */
  takeCalls(messages: readonly Message[]): readonly ToolCall[] {
    if (this.#start !== null) return [];
    this.#start = messages.length;
    return this.#approved;
  }

  /** Replaces the made-up message with the approved calls, and their results, by the answer so far. */
  complete(messages: readonly Message[]): Message[] {
    const start = this.#start ?? messages.length;
    const madeUp = this.#approved.length === 0 ? 0 : 1 + this.#approved.length;
    this.#answer ??= this.#replay();
    return [...messages.slice(0, start), ...this.#answer, ...messages.slice(start + madeUp)];
  }
}
