import { expect, it } from "vitest";

import { WholeText } from "./streamed-text.ts";

const read = (...pieces: readonly string[]): string[] => {
  const text = new WholeText();
  return [...pieces.map((piece) => text.push(piece)), text.end()];
};

it("keeps characters whole wherever a stream cuts them", () => {
  expect(read("a\u{1F600}", "b")).toEqual(["a\u{1F600}", "b", ""]);
  expect(read("a\uD83D", "\uDE00b")).toEqual(["a", "\u{1F600}b", ""]);
  expect(read("\uD83D", "", "\uDE00")).toEqual(["", "", "\u{1F600}", ""]);
});

it("replaces each NUL and each lone half of a character by U+FFFD", () => {
  expect(read("a\0b", "\0")).toEqual(["a\uFFFDb", "\uFFFD", ""]);
  expect(read("\uDE00a", "b\uD83D", "c\uD83D")).toEqual(["\uFFFDa", "b", "\uFFFDc", "\uFFFD"]);
  expect(read("\uD83D\uD83D", "\uDE00")).toEqual(["\uFFFD", "\u{1F600}", ""]);
});
