import { expect, it } from "vitest";

import { TextLog } from "./text-log.ts";

it("reads as a string does, however many pieces it was appended in", () => {
  const log = new TextLog();
  let text = "";
  for (let index = 0; index < 300; index++) {
    const piece = `${index} `.repeat(index % 3);
    log.append(piece);
    text += piece;
    const start = Math.floor(text.length / 3);
    expect(log.length).toBe(text.length);
    expect(log.slice(start)).toBe(text.slice(start));
    expect(log.slice(text.length - 1)).toBe(text.slice(text.length - 1));
    expect(log.slice(0)).toBe(text);
    expect(log.slice(text.length)).toBe("");
  }
  expect(log.toString()).toBe(text);
});
