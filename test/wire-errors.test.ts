import { describe, expect, it } from "vitest";

import { awsMessage, bedrockEvents } from "./support/providers/formats/bedrock-format.ts";
import { plainSse } from "./support/providers/formats/model-answer.ts";
import { readWire } from "./support/wire/read-wire.ts";
import { wireWriters } from "./support/wire/wire-writers.ts";

/** What an error says of itself, and the code that it has then. */
const causes: readonly (readonly [title: string, fields: object, code: string])[] = [
  ["status 400", { code: 400 }, "BAD_REQUEST"],
  ["status 401", { code: 401 }, "UNAUTHORIZED"],
  ["status 402", { code: 402 }, "PAYMENT_REQUIRED"],
  ["status 403", { code: 403 }, "UNAUTHORIZED"],
  ["status 404", { code: 404 }, "MODEL_NOT_FOUND"],
  ["status 408", { code: 408 }, "TIMEOUT"],
  ["status 429", { code: 429 }, "RATE_LIMITED"],
  ["status 429 as a text", { code: "429" }, "RATE_LIMITED"],
  ["status 429 in another field", { status_code: 429 }, "RATE_LIMITED"],
  ["status 500", { code: 500 }, "PROVIDER_ERROR"],
  ["status 502", { code: 502 }, "PROVIDER_ERROR"],
  ["status 503", { code: 503 }, "OVERLOADED"],
  ["status 504", { code: 504 }, "TIMEOUT"],
  ["status 529", { code: 529 }, "OVERLOADED"],
  ["a code of OpenAI", { code: "rate_limit_exceeded" }, "RATE_LIMITED"],
  ["a type of OpenAI", { type: "insufficient_quota" }, "PAYMENT_REQUIRED"],
  ["a wrong key of OpenAI", { code: "invalid_api_key" }, "UNAUTHORIZED"],
  ["a model of OpenAI", { code: "model_not_found" }, "MODEL_NOT_FOUND"],
  ["a context of OpenAI", { code: "context_length_exceeded" }, "CONTEXT_TOO_LONG"],
  ["a server's fault of OpenAI", { type: "server_error" }, "PROVIDER_ERROR"],
  ["overloaded, of Anthropic", { type: "overloaded_error" }, "OVERLOADED"],
  ["a rate limit of Anthropic", { type: "rate_limit_error" }, "RATE_LIMITED"],
  ["a wrong key of Anthropic", { type: "authentication_error" }, "UNAUTHORIZED"],
  ["a fault of Anthropic", { type: "api_error" }, "PROVIDER_ERROR"],
  ["a refused request of Anthropic", { type: "invalid_request_error" }, "BAD_REQUEST"],
  ["a limit of Gemini", { status: "RESOURCE_EXHAUSTED" }, "RATE_LIMITED"],
  ["a wrong key of Gemini", { status: "UNAUTHENTICATED" }, "UNAUTHORIZED"],
  ["overloaded, of Gemini", { status: "UNAVAILABLE" }, "OVERLOADED"],
  ["a limit of Mistral", { type: "rate_limited", raw_status_code: 429 }, "RATE_LIMITED"],
  ["no reason", {}, "PROVIDER_ERROR"],
  ["null for each reason", { code: null, type: null, status: null }, "PROVIDER_ERROR"],
  ["an unknown word", { type: "something_new" }, "PROVIDER_ERROR"],
];

const words = "The provider's own words";

/** The forms of an error in JSON. */
const forms: Readonly<Record<string, (fields: object) => object>> = {
  "an error object": (fields) => ({ error: { message: words, ...fields } }),
  "an error object with an empty answer": (fields) => ({
    id: "1",
    choices: [],
    error: { message: words, ...fields },
  }),
  "an error object beside a choice that failed": (fields) => ({
    choices: [{ index: 0, delta: { content: "" }, finish_reason: "error" }],
    error: { message: words, ...fields },
  }),
  "type: error": (fields) => ({ type: "error", error: { message: words, ...fields } }),
};

/** Where the error stands: alone, at the beginning, or after text. */
const text = { text: ["Half ", "of it. "], cut: "eof" } as const;

describe.each(wireWriters)("an error of $provider", (writer) => {
  const before = writer.events(text).map(plainSse).join("");
  /** The whole answer, except for the event that ends its stream. */
  const finished = writer
    .events({ text: text.text, usage: { input: 1, output: 1 } })
    .filter(({ data }) => data !== "[DONE]" && !data.includes("message_stop"))
    .map(plainSse)
    .join("");

  it.each(causes)("has the code of its cause: %s", (_title, fields, code) => {
    for (const [form, write] of Object.entries(forms)) {
      const json = JSON.stringify(write(fields));
      const bodies: readonly (readonly [place: string, body: string, text: string])[] = [
        ["a whole response", json, ""],
        ["a whole response with line ends", `\n${JSON.stringify(write(fields), null, 2)}\n`, ""],
        ["the first event", `data: ${json}\n\n`, ""],
        ["after text", `${before}data: ${json}\n\n`, "Half of it. "],
        ["as an event of its own", `${before}event: error\ndata: ${json}\n\n`, "Half of it. "],
        ["before [DONE]", `${before}data: ${json}\n\ndata: [DONE]\n\n`, "Half of it. "],
        ["after the reason for the end", `${finished}data: ${json}\n\n`, "Half of it. "],
        ["at the very end", `${before}data: ${json}`, "Half of it. "],
      ];
      for (const [place, body, said] of bodies)
        expect(readWire(writer, [Buffer.from(body)]), `${form}, ${place}`).toMatchObject({
          error: code,
          text: said,
          toolCalls: [],
          isFinished: false,
        });
    }
  });

  it.each([
    ["a text for an error", '{"error":"it crashed"}'],
    ["an error with a message alone", '{"error":{"message":"it crashed"}}'],
    ["an empty error", '{"error":{}}'],
    ["object: error, as vLLM", '{"object":"error","message":"it crashed","code":500}'],
  ])("fails with %s", (_title, json) => {
    for (const body of [json, `data: ${json}\n\n`, `${before}data: ${json}\n\n`])
      expect(readWire(writer, [Buffer.from(body)]), body).toMatchObject({
        error: "PROVIDER_ERROR",
        isFinished: false,
      });
  });

  it.each([
    ["the SSE field `error`, as llama.cpp", "error: it crashed\n\n", "PROVIDER_ERROR"],
    ["the field with JSON", 'error: {"code":429,"message":"slow down"}\n\n', "RATE_LIMITED"],
    ["an event `error` with a text", "event: error\ndata: it crashed\n\n", "PROVIDER_ERROR"],
  ])("fails with %s", (_title, event, code) => {
    expect(readWire(writer, [Buffer.from(before + event)])).toMatchObject({
      text: "Half of it. ",
      error: code,
    });
  });

  it.each([
    ["a page", "<!doctype html><title>Sign in</title>"],
    ["a page after blank lines", "\r\n\r\n  <html></html>"],
    ["a line of text", "upstream connect error"],
    ["JSON of something else", '{"status":"ok"}'],
    ["a list", "[1,2]"],
    ["JSON that is cut off", '{"choices":[{"mess'],
    ["events of something else", 'data: {"status":"ok"}\n\ndata: {"a":1}\n\n'],
  ])("is BAD_RESPONSE for %s", (_title, body) => {
    for (const packets of [[body], body.split("")]) {
      const bytes = packets.map((packet) => Buffer.from(packet));
      expect(readWire(writer, bytes)).toMatchObject({ error: "BAD_RESPONSE", isFinished: false });
    }
  });

  it.each([
    ["null", '{"error":null}'],
    ["an empty text", '{"error":""}'],
    ["false", '{"error":false}'],
  ])("is none when it is %s", (_title, json) => {
    const events = writer.events({ text: ["Fine."] });
    const body = events.map(({ event, data }) => {
      if (!data.startsWith("{")) return plainSse({ data });
      const merged = JSON.stringify({ ...JSON.parse(data), ...JSON.parse(json) });
      return plainSse({ ...(event === undefined ? {} : { event }), data: merged });
    });
    expect(readWire(writer, [Buffer.from(body.join(""))])).toMatchObject({
      text: "Fine.",
      error: null,
      isFinished: true,
    });
  });
});

it.each([
  ["throttlingException", "RATE_LIMITED"],
  ["serviceUnavailableException", "OVERLOADED"],
  ["modelStreamErrorException", "PROVIDER_ERROR"],
  ["internalServerException", "PROVIDER_ERROR"],
  ["validationException", "BAD_REQUEST"],
  ["modelTimeoutException", "TIMEOUT"],
])("an exception of Bedrock has the code of its name: %s", (type, code) => {
  const target = {
    provider: "bedrock",
    model: "amazon.nova-lite-v1:0",
    dialect: "bedrock",
  } as const;
  const bytes = Buffer.concat([
    ...bedrockEvents(text).map(awsMessage),
    awsMessage({ kind: "exception", type, payload: { message: words } }),
  ]);
  expect(readWire(target, [bytes])).toMatchObject({
    text: "Half of it. ",
    error: code,
    isFinished: false,
  });
});
