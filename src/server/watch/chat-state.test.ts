import { expect, it } from "vitest";
import type { ChatState } from "./chat-state.ts";
import { formatState, parseState, waitingKey } from "./chat-state.ts";

const full: ChatState = {
  updatedAt: 1_790_000_000_000,
  position: 2_147_483_647,
  newestId: "9b2c6e0e-5d0a-4a52-9d0d-0f1f6d1c7a11",
  activeId: "an_answer",
  waiting: waitingKey(["call_1", "call_2"]),
};
const empty: ChatState = { updatedAt: 0, position: 0, newestId: null, activeId: null, waiting: "" };

it.each([full, empty, { ...full, activeId: null, waiting: "" }])(
  "reads a state back from its id: %j",
  (state) => {
    expect(parseState(formatState(state))).toEqual(state);
  },
);

it.each([
  "",
  "deleted",
  "1.2.3",
  "0.0..id",
  "0.0...id!.",
  "0.0..a.b.c",
  `0.0..${"a".repeat(129)}.`,
])("does not take %j for a state", (id) => {
  expect(parseState(id)).toBeNull();
});

it("gives different sets of waiting tool calls different keys, in any order", () => {
  expect(waitingKey(["a", "b"])).toBe(waitingKey(["b", "a"]));
  expect(waitingKey(["a", "b"])).not.toBe(waitingKey(["a"]));
  expect(waitingKey(["a,b"])).not.toBe(waitingKey(["a", "b"]));
  expect(waitingKey([])).toBe("");
});
