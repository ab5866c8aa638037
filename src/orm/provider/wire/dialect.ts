import type { Message, ThinkingConfig } from "@node-llm/core";
import type { WireAnswer } from "./wire-answer.ts";
import type { CallTarget } from "./wire-error.ts";

/** Reads the events of one response, and puts what they say into its answer. */
export interface DialectReader {
  /**
   * Reads an event of a stream, or a whole response.
   *
   * @param json the parsed JSON.
   * @param name the type of the event, where it is written beside the JSON.
   */
  readEvent(json: unknown, name?: string): void;
}

/** Changes the body of a request before it is sent. */
export type RequestRewriter = (body: string, context: RewriteContext) => string;

export interface RewriteContext {
  /** The messages of the request, with what they carry. */
  readonly sent: readonly Message[];
  /** How much the model is to think; undefined for its default. */
  readonly thinking: ThinkingConfig | undefined;
  /** Whether the provider wants the text of its thinking back with tool results. */
  readonly returnsReasoning: boolean;
  /** Whether to mark what the provider should cache. */
  readonly cachesPrompt: boolean;
}

/** A format in which providers are asked and answer. */
export interface Dialect {
  /** The end of the URL of a request. */
  readonly path: RegExp;
  /** Whether a stream consists of server-sent events, or of AWS' binary messages. */
  readonly framing: "sse" | "aws";
  /** The data of an event that ends a stream. */
  readonly endMarker: string | null;
  readonly createReader: (answer: WireAnswer, target: CallTarget) => DialectReader;
  /** Null where requests are signed before they can be changed. */
  readonly rewrite: RequestRewriter | null;
  /** A response that core's provider accepts in place of the one that has been read here. */
  readonly placeholder: string;
}
