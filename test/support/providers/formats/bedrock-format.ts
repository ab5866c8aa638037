import { crc32 } from "node:zlib";

import type { ModelAnswer, ModelError } from "./model-answer.ts";
import { finishOf, inPieces } from "./model-answer.ts";

const stopReasons = {
  stop: "end_turn",
  length: "max_tokens",
  content_filter: "guardrail_intervened",
  tool_calls: "tool_use",
} as const;

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html#API_runtime_ConverseStream_Errors */
const bedrockExceptions: Readonly<Record<ModelError["status"], string>> = {
  400: "ValidationException",
  401: "UnrecognizedClientException",
  429: "ThrottlingException",
  500: "InternalServerException",
  503: "ServiceUnavailableException",
};

const noUsage = { input: 0, output: 0 };

/** An event of a stream, before it is framed. */
export interface AwsEvent {
  readonly kind: "event" | "exception";
  /** The type of the event, or of the exception. */
  readonly type: string;
  readonly payload: object;
}

/**
 * The events of a streamed answer. Each payload stands alone, and its type is in a header:
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html.
 */
export function bedrockEvents(answer: ModelAnswer): readonly AwsEvent[] {
  const events: AwsEvent[] = [];
  const send = (type: string, payload: object): void =>
    // The padding hides the length of what is said.
    void events.push({ kind: "event", type, payload: { ...payload, p: "abcdefgh" } });
  const { thinking = [], text = [], toolCalls = [], usage = noUsage } = answer;
  let index = 0;
  const block = (deltas: readonly object[], start?: object): void => {
    // Blocks of text and of thinking have no start.
    if (start !== undefined) send("contentBlockStart", { contentBlockIndex: index, start });
    for (const delta of deltas) send("contentBlockDelta", { contentBlockIndex: index, delta });
    send("contentBlockStop", { contentBlockIndex: index });
    index++;
  };
  send("messageStart", { role: "assistant" });
  if (thinking.length > 0)
    block([
      ...thinking.map((piece) => ({ reasoningContent: { text: piece } })),
      { reasoningContent: { signature: "c2lnbmF0dXJl" } },
    ]);
  if (text.length > 0) block(text.map((piece) => ({ text: piece })));
  for (const { id, name, input } of toolCalls)
    block(
      inPieces(JSON.stringify(input), 3).map((piece) => ({ toolUse: { input: piece } })),
      { toolUse: { toolUseId: id, name } },
    );
  if (answer.cut !== undefined) return events;
  if (answer.error !== undefined) {
    const name = bedrockExceptions[answer.error.status];
    const type = name.slice(0, 1).toLowerCase() + name.slice(1);
    return [...events, { kind: "exception", type, payload: { message: answer.error.message } }];
  }
  send("messageStop", { stopReason: stopReasons[finishOf(answer)] });
  send("metadata", { usage: usageOf(usage), metrics: { latencyMs: 1 } });
  return events;
}

/** A whole response: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html. */
export function bedrockBody(answer: ModelAnswer): string {
  const { thinking, text, toolCalls = [], usage = noUsage } = answer;
  return JSON.stringify({
    output: {
      message: {
        role: "assistant",
        content: [
          ...(thinking === undefined
            ? []
            : [
                {
                  reasoningContent: {
                    reasoningText: { text: thinking.join(""), signature: "c2lnbmF0dXJl" },
                  },
                },
              ]),
          ...(text === undefined ? [] : [{ text: text.join("") }]),
          ...toolCalls.map(({ id, name, input }) => ({ toolUse: { toolUseId: id, name, input } })),
        ],
      },
    },
    stopReason: stopReasons[finishOf(answer)],
    usage: usageOf(usage),
    metrics: { latencyMs: 1 },
  });
}

/** `inputTokens` does not contain what was read from the cache. */
function usageOf({
  input,
  output,
  cached = 0,
}: {
  input: number;
  output: number;
  cached?: number;
}) {
  return {
    inputTokens: input - cached,
    outputTokens: output,
    totalTokens: input + output,
    cacheReadInputTokens: cached,
    cacheWriteInputTokens: 0,
  };
}

/** Writes an event as a message of an AWS event stream. */
export function awsMessage({ kind, type, payload }: AwsEvent): Uint8Array {
  return frameAwsMessage(
    [
      textHeader(`:${kind}-type`, type),
      textHeader(":content-type", "application/json"),
      textHeader(":message-type", kind),
    ],
    payload,
  );
}

/** Writes a message with both checksums: https://smithy.io/2.0/aws/amazon-eventstream.html. */
export function frameAwsMessage(parts: readonly Uint8Array[], payload: object): Uint8Array {
  const headers = Buffer.concat(parts);
  const body = Buffer.from(JSON.stringify(payload));
  const message = Buffer.alloc(12 + headers.length + body.length + 4);
  message.writeUInt32BE(message.length, 0);
  message.writeUInt32BE(headers.length, 4);
  message.writeUInt32BE(crc32(message.subarray(0, 8)), 8);
  headers.copy(message, 12);
  body.copy(message, 12 + headers.length);
  message.writeUInt32BE(crc32(message.subarray(0, -4)), message.length - 4);
  return message;
}

/** A header whose value is a text. */
export function textHeader(name: string, value: string): Buffer {
  const [nameBytes, valueBytes] = [Buffer.from(name), Buffer.from(value)];
  const length = Buffer.alloc(2);
  length.writeUInt16BE(valueBytes.length);
  const textType = 7;
  return Buffer.concat([
    Buffer.of(nameBytes.length),
    nameBytes,
    Buffer.of(textType),
    length,
    valueBytes,
  ]);
}
