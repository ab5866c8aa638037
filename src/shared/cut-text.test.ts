import { expect, it } from "vitest";

import { cutText, endsInHalf, withoutHalf } from "./cut-text.ts";

it("cuts a text between characters", () => {
  expect(cutText("abc", 5)).toBe("abc");
  expect(cutText("abc", 2)).toBe("ab");
  expect(cutText("a\u{1F600}b", 2)).toBe("a");
  expect(cutText("a\u{1F600}b", 3)).toBe("a\u{1F600}");
});

it("finds and removes half a character at the end", () => {
  expect([endsInHalf("a\uD83D"), withoutHalf("a\uD83D")]).toEqual([true, "a"]);
  expect([endsInHalf("\u{1F600}"), withoutHalf("\u{1F600}")]).toEqual([false, "\u{1F600}"]);
  expect([endsInHalf(""), withoutHalf("")]).toEqual([false, ""]);
});
