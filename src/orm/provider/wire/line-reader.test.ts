import { expect, it } from "vitest";

import { EndFinder, LineReader } from "./line-reader.ts";

it("reads whole lines wherever the bytes are cut", () => {
  const bytes = new TextEncoder().encode('event: a\r\ndata: {"t":"Ü🙂"}\n\ndata: [DONE]');
  const expected = ["event: a", 'data: {"t":"Ü🙂"}', "", "data: [DONE]"];
  for (let size = 1; size <= bytes.length; size++) {
    const lines: string[] = [];
    const reader = new LineReader((line) => lines.push(line));
    for (let start = 0; start < bytes.length; start += size)
      reader.push(bytes.subarray(start, start + size));
    reader.end();
    expect(lines).toEqual(expected);
  }
});

function found(...pieces: readonly string[]): boolean {
  let isFound = false;
  const finder = new EndFinder(/^data: ?\[DONE\]\s*$/m, () => (isFound = true));
  for (const piece of pieces) finder.push(new TextEncoder().encode(piece));
  return isFound;
}

it.each([
  [["data: {}\n\ndata: [DONE]\n\n"]],
  [["data: {}\r\n\r\ndata:[DONE]\r\n\r\n"]],
  [["data: {}\n\nda", "ta: [DO", "NE]", "\n\n"]],
  [["data: {}\n\ndata: [DONE]"]],
  [["data: {}\n\n", "data: [DONE]\n\n: a comment\n\n"]],
])("finds the end in %j", (pieces) => expect(found(...pieces)).toBe(true));

it.each([
  [["data: {}\n\n"]],
  [['data: {"content":"data: [DONE]"}\n\n']],
  [['data: {"content":"', "data: [DONE]", '"}\n\n']],
])("finds no end in %j", (pieces) => expect(found(...pieces)).toBe(false));
