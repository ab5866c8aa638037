import { expect, it } from "vitest";

import type { CallOutcome } from "./require-answer.ts";
import { requireAnswer } from "./require-answer.ts";

const nothing: CallOutcome = {
  hasText: false,
  hasThinking: false,
  hasToolCalls: false,
  finishReason: "stop",
};

it.each<[string, Partial<CallOutcome>, boolean, string | null]>([
  ["text", { hasText: true }, false, null],
  ["tool calls", { hasToolCalls: true }, false, null],
  ["nothing", {}, false, "EMPTY_ANSWER"],
  ["nothing, and no reason", { finishReason: null }, false, "EMPTY_ANSWER"],
  ["nothing, cut off by the limit", { finishReason: "length" }, false, "EMPTY_ANSWER"],
  ["thinking alone", { hasThinking: true }, false, "EMPTY_ANSWER"],
  ["thinking, cut off by the limit", { hasThinking: true, finishReason: "length" }, false, null],
  ["nothing after a tool", {}, true, null],
  ["nothing left by the filter", { finishReason: "content_filter" }, false, "CONTENT_FILTERED"],
  [
    "nothing left by the filter, after a tool",
    { finishReason: "content_filter" },
    true,
    "CONTENT_FILTERED",
  ],
  ["text before the filter", { hasText: true, finishReason: "content_filter" }, false, null],
])("%s", (_title, outcome, hasToolResults, code) => {
  const check = (): void => requireAnswer({ ...nothing, ...outcome }, hasToolResults);
  if (code === null) expect(check).not.toThrow();
  else expect(check).toThrow(expect.objectContaining({ code }));
});
