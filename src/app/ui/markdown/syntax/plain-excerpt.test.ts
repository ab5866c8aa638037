import { expect, it } from "vitest";
import { plainExcerpt } from "./plain-excerpt.ts";

it.each([
  ["A **bold** and *italic* `code` ~~old~~ word", "A bold and italic code old word"],
  ["## Title\n\n- one\n- [x] two\n1. three\n> four", "Title one two three four"],
  ["See [the docs](https://example.com/a_(b)) and ![cat](c.png)", "See the docs and cat"],
  ["See [the docs][1] and [the **guide**](https://exa", "See the docs and the guide"],
  ["| a | b |\n|---|---|\n| 1 | 2 |", "a b 1 2"],
  ["```ts\nconst a = 1;\n```\nafter", "const a = 1; after"],
  ["half **bold", "half bold"],
  ["…old** half", "…old half"],
  ["snake_case and 2 * 3 * 4 and a_b_c", "snake_case and 2 * 3 * 4 and a_b_c"],
  ["escaped \\* star", "escaped * star"],
])("reads %j as %j", (text, plain) => {
  expect(plainExcerpt(text, "")).toBe(plain);
});

it("keeps the Markdown if the term is part of it", () => {
  expect(plainExcerpt("See [docs](https://example.com)", "example")).toBe(
    "See [docs](https://example.com)",
  );
});
