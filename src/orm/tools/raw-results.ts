import type { ChatOptions } from "@node-llm/core";

type EndHandler = NonNullable<ChatOptions["onToolCallEnd"]>;

/**
 * Gives the handlers of `onToolCallEnd` what a tool returned, as core does. Core itself gets the text that the model is
 * told.
 */
export class RawResults {
  readonly #results = new WeakMap<object, unknown>();
  #starting: object | null = null;

  /** The options of core's chat with handlers that know the results. */
  hooks(options: ChatOptions): ChatOptions {
    const { onToolCallEnd: end, onToolCallEndHandlers: ends = [] } = options;
    const handlers = end === undefined ? ends : [end, ...ends];
    const { onToolCallEnd: _end, ...rest } = options;
    return {
      ...rest,
      // Core calls the tool right after these handlers, before anything else can run.
      onToolCallStartHandlers: [
        ...(options.onToolCallStartHandlers ?? []),
        (call) => (this.#starting = typeof call === "object" ? call : null),
      ],
      onToolCallEndHandlers: handlers.map((handler) => this.#withResult(handler)),
    };
  }

  /** Called when a tool is about to run. Returns what to call with its result. */
  expect(): (result: unknown) => void {
    const call = this.#starting;
    this.#starting = null;
    return (result) => {
      if (call !== null) this.#results.set(call, result);
    };
  }

  #withResult(handler: EndHandler): EndHandler {
    return (call, text) => {
      const isKnown = typeof call === "object" && call !== null && this.#results.has(call);
      handler(call, isKnown ? this.#results.get(call) : text);
    };
  }
}
