import type { ModelAnswer, ModelError, ModelUsage, SseEvent } from "./model-answer.ts";
import { finishOf, inPieces } from "./model-answer.ts";

/** The signature of thinking, as the stub gives it out. */
export const anthropicSignature = "c2lnbmF0dXJl";

const stopReasons = {
  stop: "end_turn",
  length: "max_tokens",
  content_filter: "refusal",
  tool_calls: "tool_use",
} as const;

/** https://docs.anthropic.com/en/api/errors */
const errorTypes: Readonly<Record<ModelError["status"], string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  429: "rate_limit_error",
  500: "api_error",
  503: "overloaded_error",
};

/** The events of a streamed answer: https://docs.anthropic.com/en/api/messages-streaming. */
export function anthropicEvents(answer: ModelAnswer): readonly SseEvent[] {
  const events: SseEvent[] = [];
  const send = (type: string, data: object): void =>
    void events.push({ event: type, data: JSON.stringify({ type, ...data }) });
  const { thinking = [], text = [], toolCalls = [], usage = noUsage } = answer;
  let index = 0;
  const block = (start: object, deltas: readonly object[]): void => {
    send("content_block_start", { index, content_block: start });
    for (const delta of deltas) send("content_block_delta", { index, delta });
    send("content_block_stop", { index });
    index++;
  };
  send("message_start", {
    message: {
      id: "msg_1",
      type: "message",
      role: "assistant",
      content: [],
      model: "claude-sonnet-4-5",
      stop_reason: null,
      usage: { ...inputUsage(usage), output_tokens: Math.min(1, usage.output) },
    },
  });
  send("ping", {});
  if (thinking.length > 0)
    block({ type: "thinking", thinking: "", signature: "" }, [
      ...thinking.map((piece) => ({ type: "thinking_delta", thinking: piece })),
      { type: "signature_delta", signature: anthropicSignature },
    ]);
  if (text.length > 0)
    block(
      { type: "text", text: "" },
      text.map((piece) => ({ type: "text_delta", text: piece })),
    );
  for (const { id, name, input } of toolCalls)
    block(
      { type: "tool_use", id, name, input: {} },
      ["", ...inPieces(JSON.stringify(input), 3)].map((partial) => ({
        type: "input_json_delta",
        partial_json: partial,
      })),
    );
  if (answer.cut !== undefined) return events;
  if (answer.error !== undefined) {
    events.push({ event: "error", data: anthropicError(answer.error) });
    return events;
  }
  send("message_delta", {
    delta: { stop_reason: stopReasons[finishOf(answer)], stop_sequence: null },
    usage: { output_tokens: usage.output },
  });
  send("message_stop", {});
  return events;
}

/** A whole response: https://docs.anthropic.com/en/api/messages. */
export function anthropicBody(answer: ModelAnswer): string {
  const { thinking, text, toolCalls = [], usage = noUsage } = answer;
  return JSON.stringify({
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "claude-sonnet-4-5",
    content: [
      ...(thinking === undefined
        ? []
        : [{ type: "thinking", thinking: thinking.join(""), signature: anthropicSignature }]),
      ...(text === undefined ? [] : [{ type: "text", text: text.join("") }]),
      ...toolCalls.map(({ id, name, input }) => ({ type: "tool_use", id, name, input })),
    ],
    stop_reason: stopReasons[finishOf(answer)],
    stop_sequence: null,
    usage: { ...inputUsage(usage), output_tokens: usage.output },
  });
}

/** The data of an error, in a stream or as a response. */
export function anthropicError({ status, message }: ModelError): string {
  return JSON.stringify({ type: "error", error: { type: errorTypes[status], message } });
}

const noUsage: ModelUsage = { input: 0, output: 0 };

/** `input_tokens` does not contain what was read from the cache. */
function inputUsage({ input, cached = 0 }: ModelUsage) {
  return {
    input_tokens: input - cached,
    cache_read_input_tokens: cached,
    cache_creation_input_tokens: 0,
  };
}
