import { describe, expect, it } from "vitest";

import { anthropicBody } from "./support/providers/formats/anthropic-format.ts";
import { geminiBody, geminiEvents } from "./support/providers/formats/gemini-format.ts";
import type { ModelAnswer } from "./support/providers/formats/model-answer.ts";
import { plainSse } from "./support/providers/formats/model-answer.ts";
import { openaiBody, openaiVariant } from "./support/providers/formats/openai-format.ts";
import { expectedOutcome } from "./support/wire/expected-outcome.ts";
import { readWire } from "./support/wire/read-wire.ts";
import { packetings } from "./support/wire/sse-framings.ts";
import { wireScenarios } from "./support/wire/wire-scenarios.ts";

const openai = { provider: "openai", model: "gpt-4o", dialect: "openai" } as const;
const anthropic = {
  provider: "anthropic",
  model: "claude-sonnet-4-5",
  dialect: "anthropic",
} as const;
const gemini = { provider: "gemini", model: "gemini-2.5-flash", dialect: "gemini" } as const;

const sse = (...values: readonly (object | string)[]): Uint8Array =>
  Buffer.from(
    values
      .map((value) => plainSse({ data: typeof value === "string" ? value : JSON.stringify(value) }))
      .join(""),
  );

describe("OpenAI's format", () => {
  const chunk = (delta: object, finish: string | null = null, more: object = {}): object => ({
    choices: [{ index: 0, delta, finish_reason: finish }],
    ...more,
  });

  it.each([
    ["stop", "stop"],
    ["eos", "stop"],
    ["end_turn", "stop"],
    ["length", "length"],
    ["max_tokens", "length"],
    ["MAX_TOKENS", "length"],
    ["model_length", "length"],
    ["content_filter", "content_filter"],
    ["tool_calls", "tool_calls"],
    ["function_call", "tool_calls"],
    ["something_new", "other"],
  ])("ends with %s as %s, with or without [DONE] and usage", (word, finishReason) => {
    const usage = { prompt_tokens: 1, completion_tokens: 2 };
    const ends: readonly (readonly (object | string)[])[] = [
      [chunk({}, word)],
      [chunk({}, word), "[DONE]"],
      [chunk({}, word, { usage }), "[DONE]"],
      [chunk({}, word), { choices: [], usage }],
      [chunk({}, word), { choices: [], usage }, "[DONE]"],
      [{ choices: [], usage }, chunk({}, word), "[DONE]"],
    ];
    for (const end of ends)
      for (const last of ["Yes.", ""]) {
        // The last words may come with the reason.
        const [first = {}, ...rest] = end;
        const body =
          last === ""
            ? sse(chunk({ content: "Yes." }), first, ...rest)
            : sse(
                ...end.map((one) =>
                  typeof one !== "string" && JSON.stringify(one).includes(word)
                    ? {
                        ...one,
                        choices: [{ index: 0, delta: { content: last }, finish_reason: word }],
                      }
                    : one,
                ),
              );
        expect(readWire(openai, [body])).toMatchObject({
          text: "Yes.",
          finishReason,
          error: null,
          isFinished: true,
        });
      }
  });

  it.each([
    ["nothing", [chunk({ content: "Yes." })]],
    ["an empty reason", [chunk({ content: "Yes." }, "")]],
    ["usage alone", [chunk({ content: "Yes." }), { choices: [], usage: { prompt_tokens: 1 } }]],
  ])("is incomplete after %s", (_end, chunks) => {
    expect(readWire(openai, [sse(...chunks)])).toMatchObject({
      text: "Yes.",
      error: null,
      isFinished: false,
    });
  });

  it("reads nothing after [DONE]", () => {
    const body = sse(chunk({ content: "Yes." }, "stop"), "[DONE]", chunk({ content: " No." }));
    expect(readWire(openai, [body])).toMatchObject({ text: "Yes.", isFinished: true });
  });

  const reasoning: Readonly<Record<string, (text: string) => object>> = {
    reasoning_content: (text) => ({ reasoning_content: text }),
    "reasoning_content beside an empty text": (text) => ({ content: "", reasoning_content: text }),
    reasoning: (text) => ({ reasoning: text }),
    "reasoning and reasoning_content": (text) => ({ reasoning: text, reasoning_content: text }),
    "reasoning_details with text": (text) => ({
      reasoning_details: [{ type: "reasoning.text", text, index: 0 }],
    }),
    "reasoning_details with a summary": (text) => ({
      reasoning_details: [{ type: "reasoning.summary", summary: text, index: 0 }],
    }),
    "reasoning and reasoning_details": (text) => ({
      reasoning: text,
      reasoning_details: [{ type: "reasoning.text", text, index: 0 }],
    }),
    "parts of thinking with a list": (text) => ({
      content: [{ type: "thinking", thinking: [{ type: "text", text }] }],
    }),
    "parts of thinking with a text": (text) => ({
      content: [{ type: "thinking", thinking: text }],
    }),
  };

  const contents: Readonly<Record<string, (text: string) => object>> = {
    "a text": (text) => ({ content: text }),
    "a part": (text) => ({ content: [{ type: "text", text }] }),
    "parts in a list": (text) => ({
      content: text.split("").map((character) => ({ type: "text", text: character })),
    }),
    "a list of texts": (text) => ({ content: [text] }),
    "a single part": (text) => ({ content: { type: "text", text } }),
    "a text beside reasoning that is null": (text) => ({
      content: text,
      reasoning: null,
      reasoning_content: null,
      reasoning_details: null,
    }),
  };

  it.each(Object.entries(reasoning))("reads thinking from %s, once", (_field, think) => {
    for (const say of Object.values(contents)) {
      const body = sse(
        chunk({ role: "assistant" }),
        ...["Let me ", "see", "."].map((text) => chunk(think(text))),
        ...["4", "2."].map((text) => chunk(say(text))),
        chunk({}, "stop"),
        "[DONE]",
      );
      for (const cut of Object.values(packetings))
        expect(readWire(openai, cut(body))).toMatchObject({
          thinking: "Let me see.",
          text: "42.",
          isFinished: true,
        });
    }
  });

  it("reads only the first of several choices", () => {
    const both = (texts: readonly [string, string]): object => ({
      choices: texts.map((content, index) => ({ index, delta: { content } })),
    });
    const second = { choices: [{ index: 1, delta: { content: "B" }, finish_reason: "length" }] };
    const body = sse(both(["A", "B"]), second, chunk({}, "stop"), "[DONE]");
    expect(readWire(openai, [body])).toMatchObject({ text: "A", finishReason: "stop" });
  });
});

describe("Anthropic's format", () => {
  const stream = (stopReason: string): Uint8Array =>
    sse(
      { type: "message_start", message: { role: "assistant", content: [] } },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Yes." } },
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: { stop_reason: stopReason }, usage: { output_tokens: 1 } },
      { type: "message_stop" },
    );

  it.each([
    ["end_turn", "stop"],
    ["stop_sequence", "stop"],
    ["max_tokens", "length"],
    ["model_context_window_exceeded", "length"],
    ["refusal", "content_filter"],
    ["tool_use", "tool_calls"],
    ["pause_turn", "other"],
  ])("ends with %s as %s", (word, finishReason) => {
    expect(readWire(anthropic, [stream(word)])).toMatchObject({
      text: "Yes.",
      finishReason,
      isFinished: true,
    });
  });

  it("does not need the names of events beside their data", () => {
    expect(readWire(anthropic, [stream("end_turn")])).toMatchObject({ isFinished: true });
  });
});

describe("Gemini's format", () => {
  const response = (finish: object, more: object = {}): object => ({
    candidates: [{ content: { role: "model", parts: [{ text: "Yes." }] }, ...finish }],
    ...more,
  });

  it.each([
    ["STOP", "stop"],
    ["MAX_TOKENS", "length"],
    ["SAFETY", "content_filter"],
    ["RECITATION", "content_filter"],
    ["BLOCKLIST", "content_filter"],
    ["PROHIBITED_CONTENT", "content_filter"],
    ["SPII", "content_filter"],
    ["IMAGE_SAFETY", "content_filter"],
    ["LANGUAGE", "other"],
    ["OTHER", "other"],
  ])("ends with %s as %s", (word, finishReason) => {
    const bodies = [
      sse(response({ finishReason: word })),
      sse(response({}), { candidates: [{ finishReason: word }] }),
      sse(response({}), { candidates: [{ content: {}, finishReason: word }], usageMetadata: {} }),
    ];
    for (const body of bodies)
      expect(readWire(gemini, [body])).toMatchObject({
        text: "Yes.",
        finishReason,
        isFinished: true,
      });
  });

  it.each(["MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS"])(
    "fails with %s",
    (word) => {
      const body = sse(response({}), {
        candidates: [{ finishReason: word, finishMessage: "print(x)" }],
      });
      expect(readWire(gemini, [body])).toMatchObject({ text: "Yes.", error: "PROVIDER_ERROR" });
    },
  );

  it.each(["SAFETY", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "BLOCK_REASON_UNSPECIFIED"])(
    "is filtered when the question is blocked for %s",
    (blockReason) => {
      for (const body of [
        sse({ promptFeedback: { blockReason } }),
        sse({ promptFeedback: { blockReason }, candidates: [] }),
        Buffer.from(JSON.stringify({ promptFeedback: { blockReason } })),
      ])
        expect(readWire(gemini, [body])).toMatchObject({
          text: "",
          finishReason: "content_filter",
          isFinished: true,
        });
    },
  );

  it("is incomplete without a reason", () => {
    expect(readWire(gemini, [sse(response({}))])).toMatchObject({ isFinished: false, error: null });
  });

  it("is read from a list of responses, which it is without alt=sse", () => {
    for (const [scenario, answer] of wholeScenarios) {
      const list = geminiEvents(answer).map(({ data }) => data);
      for (const cut of Object.values(packetings))
        expect(
          readWire(gemini, cut(Buffer.from(`[${list.join(",\r\n")}\n]`))),
          scenario,
        ).toMatchObject(expectedOutcome(answer, gemini));
    }
  });
});

/** Those that can be one response. */
const wholeScenarios = Object.entries(wireScenarios).filter(
  ([, { error, cut, refusal }]) =>
    error === undefined && cut === undefined && refusal === undefined,
);

describe.each([
  ["OpenAI", openai, (answer: ModelAnswer) => openaiBody(answer, openaiVariant)],
  ["Anthropic", anthropic, anthropicBody],
  ["Gemini", gemini, geminiBody],
] as const)("a whole response of %s where a stream was asked for", (_name, target, bodyOf) => {
  it.each(wholeScenarios)("is its answer: %s", (_scenario, answer) => {
    const body = bodyOf(answer);
    const bodies = [body, `${body}\n`, `\r\n ${body}`, JSON.stringify(JSON.parse(body), null, 2)];
    for (const one of bodies)
      for (const [packeting, cut] of Object.entries(packetings))
        expect(readWire(target, cut(Buffer.from(one))), packeting).toMatchObject(
          expectedOutcome(answer, target),
        );
  });

  it.each(wholeScenarios)("is its answer in a single event too: %s", (_scenario, answer) => {
    for (const end of ["", "data: [DONE]\n\n"]) {
      const body = `data: ${bodyOf(answer)}\n\n${end}`;
      const { text, toolCalls, finishReason } = readWire(target, [Buffer.from(body)]);
      expect({ text, toolCalls, finishReason }).toMatchObject(
        Object.fromEntries(
          Object.entries(expectedOutcome(answer, target)).filter(([key]) =>
            ["text", "toolCalls", "finishReason"].includes(key),
          ),
        ),
      );
    }
  });
});
