import type { ChatOptions } from "@node-llm/core";
import { asRecord, asText } from "../../shared/json-value.ts";

type EndHandler = NonNullable<ChatOptions["onToolCallEnd"]>;

/** The call that core is about to run. */
export interface StartedCall {
  /** The provider's id of the call. */
  readonly toolCallId: string;
  /** To be called with what the tool returned. */
  readonly onResult: (result: unknown) => void;
}

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

  /** Called when a tool is about to run. */
  expect(): StartedCall {
    const call = this.#starting;
    this.#starting = null;
    return {
      toolCallId: asText(asRecord(call)["id"]),
      onResult: (result) => {
        if (call !== null) this.#results.set(call, result);
      },
    };
  }

  #withResult(handler: EndHandler): EndHandler {
    return (call, text) => {
      const isKnown = typeof call === "object" && call !== null && this.#results.has(call);
      handler(call, isKnown ? this.#results.get(call) : text);
    };
  }
}
