import { expect, it } from "vitest";

import { jsonBytes, textLength } from "./json-bytes.ts";

it.each([
  ["text", "aa", 4],
  ["control characters", "\u0001\u0001", 14],
  ["Chinese", "\u4f60\u597d", 8],
  ["an object", { a: [1, null] }, 14],
  ["a number that JSON lacks", { a: 2n ** 60n }, 27],
  ["nothing", undefined, 0],
])("counts the bytes of %s", (_what, value, bytes) => {
  expect(jsonBytes(value)).toBe(bytes);
});

it("measures the texts of rows", () => {
  expect(textLength([{ id: "a", count: 12, none: null }, {}, { text: "bcd" }])).toBe(4);
});
