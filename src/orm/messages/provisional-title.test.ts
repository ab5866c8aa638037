import { expect, it } from "vitest";
import { provisionalTitle } from "./provisional-title.ts";

it.each([
  ["Where to in winter?\nBy train.", "Where to in winter?"],
  ["\n  Hello  \r\nagain", "Hello"],
  ["a".repeat(80), "a".repeat(80)],
  ["a".repeat(81), `${"a".repeat(79)}…`],
  ["🦊".repeat(60), `${"🦊".repeat(39)}…`],
  [" \n ", null],
])("calls a chat with the first question %j %j", (question, title) => {
  expect(provisionalTitle(question)).toBe(title);
});
