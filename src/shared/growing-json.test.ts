import { expect, it } from "vitest";

import { GrowingJson } from "./growing-json.ts";

it("has what can be read, and never less than before", () => {
  const json = new GrowingJson();
  const values: unknown[] = [];
  for (const piece of ["{", '"a":', "[1", ",2]", ',"b":"x', "y", '"}'])
    if (json.append(piece)) values.push(json.value);
  expect(values).toEqual([
    {},
    {},
    { a: [] },
    { a: [1, 2] },
    { a: [1, 2], b: "x" },
    { a: [1, 2], b: "xy" },
    { a: [1, 2], b: "xy" },
  ]);
  expect(json.append(" and a text")).toBe(true);
  expect(json.value).toEqual({ a: [1, 2], b: "xy" });
});

it.each(["```json\n", "```\n", "```JSON ", "\n```json\n"])(
  "reads a block of Markdown: %j",
  (open) => {
    const json = new GrowingJson();
    for (const piece of [open, '{"a":1', "}", "\n```", "\n"]) json.append(piece);
    expect(json.value).toEqual({ a: 1 });
  },
);

it("has no value for a text", () => {
  const json = new GrowingJson();
  json.append("I cannot say that.");
  expect(json.value).toBeUndefined();
});

it("parses a long text again only when it has grown by a 64th", () => {
  const json = new GrowingJson();
  json.append('{"text":"');
  let parsed = 0;
  let count = 0;
  for (let index = 0; index < 20_000; index++) {
    if (!json.append("x")) continue;
    count++;
    parsed += json.length;
  }
  expect(parsed).toBeLessThan(66 * json.length);
  expect(count).toBeLessThan(600);
});
