import type { ToolCall } from "@node-llm/core";
import { expect, it } from "vitest";

import type { Carried } from "./carried.ts";
import {
  carriedBy,
  carriedByMessage,
  carry,
  decodeSignature,
  encodeSignature,
  uncarried,
} from "./carried.ts";

const call: ToolCall = { id: "c1", type: "function", function: { name: "look", arguments: "{}" } };

it("survives a copy, and is not in the JSON", () => {
  const carrier = carry(call, { signature: "sig" });
  expect(carriedBy({ ...carrier, id: "c2" })).toEqual({ signature: "sig" });
  expect(JSON.stringify(carrier)).toBe(JSON.stringify(call));
  expect(carry(call, { thinking: [], reasoning: "" })).toBe(call);
});

it("a message has what its first call has, and its own", () => {
  const first = carry(call, { reasoning: "Hm." });
  const message = carry(
    { role: "assistant" as const, content: null, tool_calls: [first, call] },
    { message: { a: 1 } },
  );
  expect(carriedByMessage(message)).toEqual({ reasoning: "Hm.", message: { a: 1 } });
  expect(carriedByMessage(uncarried(message))).toEqual({});
  expect(carriedByMessage(message)).toEqual({ reasoning: "Hm.", message: { a: 1 } });
});

it.each<[Carried, string | null]>([
  [{}, null],
  [{ reasoning: "Hm." }, null],
  [{ signature: "sig" }, "sig"],
  [{ message: { reasoning_details: [1] } }, '{"message":{"reasoning_details":[1]}}'],
  [{ message: { a: 1 }, call: { b: 2 } }, '{"message":{"a":1},"call":{"b":2}}'],
])("stores %j as %j, and reads it again", (carried, text) => {
  expect(encodeSignature(carried)).toBe(text);
  const { reasoning: _reasoning, ...stored } = carried;
  expect(decodeSignature(text)).toEqual(stored);
});

it.each([
  ["{ not JSON", { signature: "{ not JSON" }],
  ["", {}],
  ["[1]", { signature: "[1]" }],
  ['{"message":1}', {}],
])("reads the text %j of another writer", (text, carried) => {
  expect(decodeSignature(text)).toEqual(carried);
});
