import { expect, it } from "vitest";

import { EndFinder } from "./end-finder.ts";

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
