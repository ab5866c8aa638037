import type { ModelAnswer, ModelError, ModelUsage, SseEvent } from "./model-answer.ts";
import { finishOf, inPieces } from "./model-answer.ts";

/** A block of a message. What is given in pieces is sent piece by piece. */
export type AnthropicBlock =
  | { readonly thinking: string | readonly string[]; readonly signature: string }
  | { readonly redacted: string }
  | { readonly text: readonly string[] }
  /** `json` is streamed instead of `input`: `""` for a call without arguments. */
  | {
      readonly tool: string;
      readonly id: string;
      readonly input?: Readonly<Record<string, unknown>>;
      readonly json?: string;
    };

/** The tokens of a message; others, such as those of the cache, are sent too. */
export interface AnthropicUsage {
  readonly input_tokens: number;
  readonly output_tokens: number;
}

/** The signature of a model's thinking. */
export const anthropicSignature = "c2lnbmF0dXJl";

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
  const usage = usageOf(answer.usage);
  const events = anthropicStart(blocksOf(answer), usage);
  if (answer.cut !== undefined) return events;
  if (answer.error !== undefined)
    return [...events, { event: "error", data: anthropicError(answer.error) }];
  return [...events, ...anthropicEnd(stopReasonOf(answer), usage)];
}

/** A whole response: https://docs.anthropic.com/en/api/messages. */
export function anthropicBody(answer: ModelAnswer): string {
  return anthropicMessage(blocksOf(answer), stopReasonOf(answer), usageOf(answer.usage));
}

/** The data of an error, in a stream or as a response. */
export function anthropicError({ status, message }: ModelError): string {
  return JSON.stringify({ type: "error", error: { type: errorTypes[status], message } });
}

/** The events of a stream up to its end. */
export function anthropicStart(
  blocks: readonly AnthropicBlock[],
  usage: AnthropicUsage,
): readonly SseEvent[] {
  return [
    event("message_start", {
      message: {
        ...emptyMessage,
        usage: { ...usage, output_tokens: Math.min(1, usage.output_tokens) },
      },
    }),
    event("ping", {}),
    ...blocks.flatMap((block, index) => {
      const [start, deltas] = startAndDeltas(block);
      return [
        event("content_block_start", { index, content_block: start }),
        ...deltas.map((delta) => event("content_block_delta", { index, delta })),
        event("content_block_stop", { index }),
      ];
    }),
  ];
}

/** The events that end a stream. */
export function anthropicEnd(stopReason: string, usage: AnthropicUsage): readonly SseEvent[] {
  return [
    event("message_delta", {
      delta: { stop_reason: stopReason, stop_sequence: null },
      usage: { output_tokens: usage.output_tokens },
    }),
    event("message_stop", {}),
  ];
}

/** A whole response. */
export function anthropicMessage(
  blocks: readonly AnthropicBlock[],
  stopReason: string,
  usage: AnthropicUsage,
): string {
  const content = blocks.map((block) => {
    if ("thinking" in block)
      return { type: "thinking", thinking: textOf(block.thinking), signature: block.signature };
    if ("redacted" in block) return { type: "redacted_thinking", data: block.redacted };
    if ("text" in block) return { type: "text", text: block.text.join("") };
    return { type: "tool_use", id: block.id, name: block.tool, input: block.input ?? {} };
  });
  return JSON.stringify({ ...emptyMessage, content, stop_reason: stopReason, usage });
}

const emptyMessage = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-sonnet-4-5",
  content: [],
  stop_reason: null,
  stop_sequence: null,
};

function event(type: string, data: object): SseEvent {
  return { event: type, data: JSON.stringify({ type, ...data }) };
}

function startAndDeltas(block: AnthropicBlock): [start: object, deltas: readonly object[]] {
  if ("thinking" in block) {
    const { thinking } = block;
    const pieces = typeof thinking === "string" ? inPieces(thinking, 2) : thinking;
    return [
      { type: "thinking", thinking: "", signature: "" },
      [
        ...pieces.map((piece) => ({ type: "thinking_delta", thinking: piece })),
        { type: "signature_delta", signature: block.signature },
      ],
    ];
  }
  if ("redacted" in block) return [{ type: "redacted_thinking", data: block.redacted }, []];
  if ("text" in block)
    return [{ type: "text", text: "" }, block.text.map((text) => ({ type: "text_delta", text }))];
  const json = block.json ?? JSON.stringify(block.input ?? {});
  return [
    { type: "tool_use", id: block.id, name: block.tool, input: {} },
    ["", ...inPieces(json, 3)].map((piece) => ({ type: "input_json_delta", partial_json: piece })),
  ];
}

function blocksOf({ thinking, text, toolCalls = [] }: ModelAnswer): readonly AnthropicBlock[] {
  return [
    ...(thinking === undefined ? [] : [{ thinking, signature: anthropicSignature }]),
    ...(text === undefined ? [] : [{ text }]),
    ...toolCalls.map(({ id, name, input }) => ({ tool: name, id, input })),
  ];
}

function stopReasonOf(answer: ModelAnswer): string {
  const reasons = {
    stop: "end_turn",
    length: "max_tokens",
    content_filter: "refusal",
    tool_calls: "tool_use",
  };
  return reasons[finishOf(answer)];
}

/** `input_tokens` does not contain what was read from the cache. */
function usageOf({ input, output, cached = 0 }: ModelUsage = { input: 0, output: 0 }) {
  return {
    input_tokens: input - cached,
    output_tokens: output,
    cache_read_input_tokens: cached,
    cache_creation_input_tokens: 0,
  };
}

function textOf(pieces: string | readonly string[]): string {
  return typeof pieces === "string" ? pieces : pieces.join("");
}
