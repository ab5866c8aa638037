import { expect, it } from "vitest";

import { isRecord } from "../../../shared/json-value.ts";
import type { DialectName } from "./dialects.ts";
import { dialects } from "./dialects.ts";
import { WireAnswer } from "./wire-answer.ts";
import { WireReader } from "./wire-reader.ts";

const target = { provider: "any", model: "gpt-4o" };

/** Responses with every field that is read. */
const events: readonly (readonly [DialectName, string | undefined, unknown])[] = [
  [
    "openai",
    undefined,
    {
      choices: [
        {
          index: 0,
          delta: {
            content: [
              { type: "thinking", thinking: [{ text: "Hm." }] },
              { type: "text", text: "a" },
            ],
            refusal: "No.",
            reasoning_content: "Hm.",
            reasoning_details: [{ type: "reasoning.text", index: 0, text: "Hm." }],
            tool_calls: [
              {
                id: "t",
                index: 0,
                function: { name: "f", arguments: { a: 1 } },
                extra_content: {},
              },
            ],
            function_call: { name: "f", arguments: "{}" },
          },
          finish_reason: "stop",
          usage: { prompt_tokens: 1 },
        },
      ],
      usage: {
        prompt_tokens: 1,
        completion_tokens: 2,
        cost: 0.1,
        prompt_tokens_details: { cached_tokens: 1 },
        completion_tokens_details: { reasoning_tokens: 1 },
      },
      x_groq: { usage: {} },
    },
  ],
  [
    "openai",
    undefined,
    {
      error: {
        message: { message: "no" },
        code: 429,
        type: "rate_limit",
        status: "x",
        reason: "y",
      },
    },
  ],
  [
    "anthropic",
    undefined,
    {
      type: "content_block_start",
      index: 0,
      content_block: { type: "tool_use", id: "t", name: "f", input: { a: 1 } },
    },
  ],
  [
    "anthropic",
    undefined,
    {
      content: [
        { type: "thinking", thinking: "Hm.", signature: "s" },
        { type: "text", text: "a" },
      ],
      usage: { input_tokens: 1, cache_read_input_tokens: 1, output_tokens: 1 },
      stop_reason: "end_turn",
    },
  ],
  ["anthropic", undefined, { type: "error", error: { type: "overloaded_error", message: "no" } }],
  [
    "gemini",
    undefined,
    {
      candidates: [
        {
          content: {
            parts: [
              { text: "a", thought: true, inlineData: { mimeType: "image/png", data: "AA==" } },
              { functionCall: { id: "t", name: "f", args: { a: 1 } }, thoughtSignature: "s" },
            ],
          },
          finishReason: "STOP",
        },
      ],
      usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, thoughtsTokenCount: 1 },
      promptFeedback: { blockReason: "SAFETY" },
    },
  ],
  [
    "bedrock",
    "contentBlockDelta",
    {
      contentBlockIndex: 0,
      delta: {
        text: "a",
        reasoningContent: { text: "Hm.", reasoningText: { text: "Hm." } },
        toolUse: { toolUseId: "t", name: "f", input: { a: 1 } },
      },
    },
  ],
  ["bedrock", "messageStop", { stopReason: "end_turn" }],
  ["bedrock", "throttlingException", { message: "no", code: 429 }],
];

const depth = 20_000;
/** JSON texts that break code which trusts the type or the size of a value. */
const hostile = [
  '{"toString":1,"valueOf":1,"toJSON":1,"length":1}',
  "[[[]]]",
  "null",
  "-1e999",
  '""',
  '"constructor"',
  '"__proto__"',
  '{"__proto__":{"a":1}}',
  `${"[".repeat(depth)}${"]".repeat(depth)}`,
  `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`,
];

/** The value with each of its parts in turn replaced by a marker. */
function* marked(value: unknown): Generator {
  yield marker;
  if (Array.isArray(value))
    for (const [index, part] of value.entries())
      for (const inner of marked(part)) yield value.with(index, inner);
  else if (isRecord(value))
    for (const [key, part] of Object.entries(value))
      for (const inner of marked(part)) yield { ...value, [key]: inner };
}

const marker = "the hostile value";

const reasons = ["stop", "length", "tool_calls", "content_filter", "refusal", "other", null];

it.each(events.map(([dialect, name, event], index) => ({ dialect, name, event, index })))(
  "reads $dialect ($index) whatever stands in its place",
  ({ dialect, name, event }) => {
    for (const form of marked(event))
      for (const value of hostile) {
        const data = JSON.stringify(form).replace(JSON.stringify(marker), () => value);
        const reader = new WireReader({ ...dialects[dialect], framing: "sse" }, target);
        const field = name === undefined ? "" : `event: ${name}\n`;
        // Without a blank line, the end reads it.
        reader.push(Buffer.from(`${field}data: ${data}\n`));
        reader.end();
        const { answer } = reader;
        expect(reasons).toContain(answer.finishReason);
        expect(JSON.stringify([answer.toolCalls, answer.takePieces()])).toBeTypeOf("string");
        const whole = new WireReader({ ...dialects[dialect], framing: "sse" }, target);
        whole.push(Buffer.from(data));
        whole.end();
        expect(reasons).toContain(whole.answer.finishReason);
      }
  },
);

it("knows no property of objects as a word", () => {
  const answer = new WireAnswer();
  const reader = dialects.openai.createReader(answer, target);
  reader.readEvent({ choices: [{ delta: {}, finish_reason: "constructor" }] });
  expect(answer.finishReason).toBe("other");
});
