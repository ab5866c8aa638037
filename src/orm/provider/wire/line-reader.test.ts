import { expect, it } from "vitest";

import { LineReader } from "./line-reader.ts";

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
