import { expect, it } from "vitest";

import { nearestWord } from "./nearest-word.ts";

const known = ["userId", "systemPrompt", "temperature", "tools", "toolChoice", "model"];

it.each([
  ["userID", "userId"],
  ["systemPromt", "systemPrompt"],
  ["temprature", "temperature"],
  ["tool", "tools"],
  ["modle", "model"],
  ["max_tokens", undefined],
  ["mdoel", "model"],
  ["debug", undefined],
])("%s: %s", (word, expected) => {
  expect(nearestWord(word, known)).toBe(expected);
});
