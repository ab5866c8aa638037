import type { Message, ToolCall } from "@node-llm/core";

/**
 * An answer that goes on after an approval, as core is to see it. Core knows the history and the question; the
 * first call of the provider is made up from the calls that were approved, so that core runs them as it runs
 * all others. What the provider is really asked is the answer so far, with the results of all its calls.
 */
export class ContinuedAnswer {
  readonly #approved: readonly ToolCall[];
  readonly #replay: () => Message[];
  /** How many messages stand in front of the answer. */
  #start: number | null = null;
  #answer: readonly Message[] | null = null;

  /** @param replay the answer so far; called when all of its calls have results. */
  constructor(approved: readonly ToolCall[], replay: () => Message[]) {
    this.#approved = approved;
    this.#replay = replay;
  }

  /** The calls that core is to run, the first time; none afterwards. */
  takeCalls(messages: readonly Message[]): readonly ToolCall[] {
    if (this.#start !== null) return [];
    this.#start = messages.length;
    return this.#approved;
  }

  /** Puts the answer so far in the place of the calls that were made up. */
  complete(messages: readonly Message[]): Message[] {
    const start = this.#start ?? messages.length;
    const madeUp = this.#approved.length === 0 ? 0 : 1 + this.#approved.length;
    this.#answer ??= this.#replay();
    return [...messages.slice(0, start), ...this.#answer, ...messages.slice(start + madeUp)];
  }
}
