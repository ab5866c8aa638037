import { expect, it } from "vitest";

import { dialects } from "./dialects.ts";
import { WireReader } from "./wire-reader.ts";

const target = { provider: "openai", model: "gpt-4o" };
const mebibyte = 1_048_576;

it.each([
  ["a line", "data: "],
  ["a JSON value", '{"a":"'],
])("gives up %s that never ends", (_title, start) => {
  const reader = new WireReader(dialects.openai, target);
  reader.push(Buffer.from(start));
  const filler = Buffer.alloc(mebibyte, "x");
  for (let count = 0; count < 70; count++) reader.push(filler);
  expect(reader.answer.error).toMatchObject({ code: "BAD_RESPONSE" });
});

it("reads any number of events", () => {
  const reader = new WireReader(dialects.openai, target);
  const event = Buffer.from(
    `data: {"choices":[{"delta":{"content":"${"x".repeat(mebibyte)}"}}]}\n\n`,
  );
  let length = 0;
  for (let count = 0; count < 70; count++) {
    reader.push(event);
    for (const { text } of reader.answer.takePieces()) length += text.length;
  }
  expect([reader.answer.error, length]).toEqual([null, 70 * mebibyte]);
});
