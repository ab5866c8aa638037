import { expect, it } from "vitest";

import { fakeMessage } from "../../test/support/fakes/fake-message.ts";
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

it("takes over only what is an event", () => {
  const message = fakeMessage({ id: "m" });
  const toolCall = {
    toolCallId: "c",
    name: "look",
    arguments: {},
    result: null,
    status: "running",
  };
  const valid = [
    { type: "snapshot", message },
    { type: "text", at: 0, text: "a" },
    { type: "thinking", at: 3, text: "" },
    { type: "tool", toolCall },
    { type: "done", message: { ...message, toolCalls: [toolCall] } },
  ];
  const invalid = [
    null,
    1,
    "text",
    [],
    {},
    { type: "text", at: "0", text: "a" },
    { type: "text", at: 0 },
    { type: "tool", toolCall: { name: "look" } },
    { type: "snapshot" },
    { type: "snapshot", message: { ...message, content: null } },
    { type: "done", message: { ...message, parts: undefined } },
    { type: "done", message: { ...message, toolCalls: [null] } },
    { type: "other", message },
  ];
  const reply = [["1-0", ["events", JSON.stringify([...invalid, ...valid, ...invalid])]]];
  expect(decodeEntries(reply)).toEqual([{ id: "1-0", events: valid }]);
});
