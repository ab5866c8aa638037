import { expect, it } from "vitest";

import { checkStorable, toStorable } from "./storable-text.ts";

it("replaces what databases do not store, and keeps the length", () => {
  expect(toStorable("plain \u{1F600}")).toBe("plain \u{1F600}");
  expect(toStorable("a\0b")).toBe("a\uFFFDb");
  expect(toStorable("\uD83Da\uDE00")).toBe("\uFFFDa\uFFFD");
});

it("refuses NUL in what a user can correct", () => {
  expect(() => checkStorable("The title", "a\0b")).toThrow(
    expect.objectContaining({ code: "BAD_REQUEST", message: expect.stringMatching(/^The title/) }),
  );
  for (const text of ["", "a\uD83D", null, undefined])
    expect(() => checkStorable("The title", text)).not.toThrow();
});
