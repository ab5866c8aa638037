import { expect, it } from "vitest";

import { addUsage } from "./add-usage.ts";

const unknown = { inputTokens: null, outputTokens: null, cost: null };

it("adds the calls of an answer, and leaves out a call that reports nothing", () => {
  const first = addUsage(unknown, { inputTokens: 10, outputTokens: 2, cost: 0.5 });
  expect(first).toEqual({ inputTokens: 10, outputTokens: 2, cost: 0.5 });
  expect(addUsage(first, { inputTokens: 1, outputTokens: 1, cost: 0.25 })).toEqual({
    inputTokens: 11,
    outputTokens: 3,
    cost: 0.75,
  });
  expect(addUsage(first, { inputTokens: 0, outputTokens: 0, cost: null })).toBe(first);
});

it("knows no cost once the price of one call is unknown", () => {
  const first = addUsage(unknown, { inputTokens: 10, outputTokens: 2, cost: null });
  const second = addUsage(first, { inputTokens: 1, outputTokens: 1, cost: 0.25 });
  expect(second).toEqual({ inputTokens: 11, outputTokens: 3, cost: null });
});
