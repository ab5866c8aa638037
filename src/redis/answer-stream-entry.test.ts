import { expect, it } from "vitest";

import { fakeMessage } from "../../test/support/fakes/fake-message.ts";
import { answerErrors } from "../chat/error-codes.ts";
import { decodeEntries, decodeStreams, encodeEvents } from "./answer-stream-entry.ts";

const events = [{ type: "text", at: 0, text: "Hello" }] as const;
const entry = ["1-0", encodeEvents(events)];
const decoded = [{ id: "1-0", events }];

it("decodes the entries that it encoded", () => {
  expect(decodeEntries([entry])).toEqual(decoded);
});

it.each([
  ["a list of pairs (RESP2)", [["answer:1", [entry]]]],
  ["a map (RESP3)", new Map([["answer:1", [entry]]])],
  ["an object (RESP3)", { "answer:1": [entry] }],
])("decodes streams in %s", (_name, reply) => {
  expect(decodeStreams(reply)).toEqual([["answer:1", decoded]]);
});

it("decodes the empty reply of an XREAD that timed out", () => {
  expect(decodeStreams(null)).toEqual([]);
});

it("ignores a value that is not a list of events", () => {
  expect(decodeEntries([["1-0", ["wake", ""]]])).toEqual([{ id: "1-0", events: [] }]);
  expect(decodeEntries([["1-0", ["events", "{"]]])).toEqual([{ id: "1-0", events: [] }]);
});

const message = fakeMessage({ id: "m" });
const toolCall = {
  toolCallId: "c",
  name: "look",
  arguments: { a: [1] },
  output: null,
  progress: { step: 1 },
  result: null,
  status: "running",
  revision: 2,
};
const part = { type: "data", name: "status", id: "s", data: { step: 1 }, revision: 17 };
const attachment = { id: "a", name: null, mediaType: "text/plain", size: 1, url: null };
const error = { code: "INTERNAL", ...answerErrors.INTERNAL };
const full = {
  ...message,
  status: "failed",
  content: "a",
  thinking: "b",
  parts: [
    { type: "text", text: "a" },
    { type: "thinking", text: "b" },
    { type: "tool", toolCallId: "c" },
    part,
  ],
  attachments: [attachment],
  toolCalls: [toolCall],
  usage: { inputTokens: 1, outputTokens: 2, cachedTokens: 0, cost: 0.1 },
  finishReason: "stop",
  error,
  finishedAt: "2026-01-01T00:00:01.000Z",
};
const valid = [
  { type: "snapshot", message },
  { type: "text", at: 0, text: "a" },
  { type: "thinking", at: 3, text: "" },
  { type: "tool", toolCall },
  { type: "data", part },
  { type: "done", message: full },
];

const read = (all: unknown) => decodeEntries([["1-0", ["events", JSON.stringify(all)]]])[0]?.events;

it("takes over what is an event, as it is", () => {
  expect(read(valid)).toEqual(valid);
});

it("ignores what is no event", () => {
  const invalid = [null, 1, "text", [], {}, { type: "other", message }, { type: "__proto__" }];
  expect(read([...invalid, ...valid, ...invalid])).toEqual(valid);
});

/** Any JSON may stand in these. */
const free = new Set(["arguments", "output", "progress", "object"]);
const isFree = (name: string, parent: object): boolean =>
  free.has(name) || (name === "data" && "type" in parent);

/** Every variant of a value with something else in one place, and every one that lacks a field. */
function* spoil(value: unknown): Generator<readonly [where: string, bad: unknown]> {
  if (typeof value === "string") yield ["", 1];
  else if (typeof value === "number") yield* ["1", -1.5, null].map((bad) => ["", bad] as const);
  else if (typeof value !== "object") yield ["", "true"];
  else if (value === null) yield ["", true];
  else {
    yield ["", "text"];
    yield ["", Array.isArray(value) ? {} : []];
    for (const [name, inner] of Object.entries(value)) {
      const others = Object.entries(value).filter(([other]) => other !== name);
      if (!Array.isArray(value) && name !== "revision") yield [name, Object.fromEntries(others)];
      if (isFree(name, value)) continue;
      for (const [where, bad] of spoil(inner)) {
        const whole = Array.isArray(value)
          ? value.with(Number(name), bad)
          : { ...value, [name]: bad };
        yield [`${name}.${where}`, whole];
      }
    }
  }
}

it("ignores an event with anything else in any of its places, and one that lacks something", () => {
  let count = 0;
  for (const event of valid) {
    for (const [where, bad] of spoil(event)) {
      // Nobody knows the tokens of some answers.
      if (/usage\.\w+\.$/.test(where) && JSON.stringify(bad).includes("null")) continue;
      count++;
      expect(read([bad]), `${event.type} ${where}`).toEqual([]);
    }
  }
  expect(count).toBeGreaterThan(150);
});

it("ignores values that are too deep to be written again, and what no version knows", () => {
  const deep = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);
  const readDeep = (event: unknown, levels: number) => {
    const json = JSON.stringify([event]).replace('"@"', () => deep(levels));
    return decodeEntries([["1-0", ["events", json]]])[0]?.events;
  };
  const withData = { type: "data", part: { ...part, data: "@" } };
  const withOutput = { type: "tool", toolCall: { ...toolCall, output: "@" } };
  for (const event of [withData, withOutput]) {
    expect(readDeep(event, 100)).toHaveLength(1);
    expect(readDeep(event, 5_000)).toEqual([]);
  }
  for (const bad of [
    { type: "done", message: { ...full, error: { ...error, code: "toString" } } },
    { type: "done", message: { ...full, status: "done" } },
    { type: "done", message: { ...full, role: "admin" } },
    { type: "tool", toolCall: { ...toolCall, status: "done" } },
  ])
    expect(read([bad])).toEqual([]);
});
