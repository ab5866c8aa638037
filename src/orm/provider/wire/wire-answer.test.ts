import { describe, expect, it } from "vitest";

import { WireAnswer } from "./wire-answer.ts";

const written = (answer: WireAnswer): string[] =>
  answer
    .takePieces()
    .flatMap((piece) => (piece.type === "call" ? [`${piece.call.name} ${piece.text}`] : []));

describe("the pieces of tool calls", () => {
  it("begin with the first byte of the arguments, and are not repeated", () => {
    const answer = new WireAnswer();
    answer.addToolCall({ id: "c1", index: 0, name: "look" });
    expect(written(answer)).toEqual([]);
    answer.addToolCall({ index: 0, arguments: "{" });
    answer.addToolCall({ index: 0, arguments: '"q":' });
    expect(written(answer)).toEqual(['look {"q":']);
    answer.addToolCall({ index: 0, arguments: "1}" });
    // Some servers repeat the whole call at the end.
    answer.addToolCall({ id: "c1", index: 0, name: "look", arguments: '{"q":1}' });
    expect(written(answer)).toEqual(["look 1}"]);
    expect(answer.toolCalls).toMatchObject([{ function: { arguments: '{"q":1}' } }]);
  });

  it("wait for the id and the name, and leave out what comes whole", () => {
    const answer = new WireAnswer();
    answer.addToolCall({ index: 0, arguments: '{"a' });
    expect(written(answer)).toEqual([]);
    answer.addToolCall({ id: "c1", index: 0, name: "look", arguments: '":1' });
    expect(written(answer)).toEqual(['look {"a":1']);
    answer.addToolCall({ id: "c2", index: 1, name: "look", arguments: '{"a":1}' });
    expect(written(answer)).toEqual([]);
  });
});

describe("tool calls without an end", () => {
  it.each([
    ["arguments", { index: 0, arguments: "x".repeat(10_000) }, 101],
    ["calls", { arguments: "" }, 1_001],
  ])("fail with a clear error: %s", (kind, delta, count) => {
    const answer = new WireAnswer();
    for (let at = 0; at < count; at++) {
      expect(answer.error).toBeNull();
      answer.addToolCall({ ...delta, name: "look", id: kind === "calls" ? `c${at}` : "c1" });
    }
    expect(answer.error).toMatchObject({
      code: "BAD_RESPONSE",
      message: expect.stringContaining("1000000 characters"),
    });
    expect(answer.isClosed).toBe(true);
  });
});
