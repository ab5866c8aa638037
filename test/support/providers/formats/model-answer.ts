/** What a model answers in one call, in the words of no provider. The order is: thinking, text, tool calls. */
export interface ModelAnswer {
  /** Pieces, which are sent one by one. */
  readonly thinking?: readonly string[];
  readonly text?: readonly string[];
  /** What a provider that has a field for it says instead of text. */
  readonly refusal?: readonly string[];
  readonly toolCalls?: readonly ModelToolCall[];
  /** Why it ends: `stop`, or `tool_calls` when there are any, by default. */
  readonly finish?: ModelFinish;
  readonly usage?: ModelUsage;
  /** An error instead of the end, as the provider reports it in a stream that has begun. */
  readonly error?: ModelError;
  /** The stream breaks off before its end: cleanly, or with the connection. */
  readonly cut?: "eof" | "drop";
}

export interface ModelToolCall {
  readonly id: string;
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

export type ModelFinish = "stop" | "length" | "content_filter" | "tool_calls";

export interface ModelUsage {
  /** With what was read from the cache. */
  readonly input: number;
  readonly output: number;
  readonly cached?: number;
}

export interface ModelError {
  /** The status that the error has outside of a stream. */
  readonly status: 400 | 401 | 429 | 500 | 503;
  readonly message: string;
}

/** Why an answer ends, unless it breaks off. */
export function finishOf({ finish, toolCalls = [] }: ModelAnswer): ModelFinish {
  return finish ?? (toolCalls.length > 0 ? "tool_calls" : "stop");
}

/** One of a stream's server-sent events. */
export interface SseEvent {
  readonly event?: string;
  readonly data: string;
}

/** Writes an event as most providers do. */
export function plainSse({ event, data }: SseEvent): string {
  return `${event === undefined ? "" : `event: ${event}\n`}data: ${data}\n\n`;
}

/** Cuts a text into this many pieces. */
export function inPieces(text: string, count: number): readonly string[] {
  const length = Math.max(1, Math.ceil(text.length / count));
  return Array.from({ length: Math.ceil(text.length / length) }, (_, index) =>
    text.slice(index * length, (index + 1) * length),
  );
}
