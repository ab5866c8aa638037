import { expect, it } from "vitest";

import { addUsage } from "./add-usage.ts";

const unknown = { inputTokens: null, outputTokens: null, cachedTokens: null, cost: null };
const call = { inputTokens: 1, outputTokens: 1, cachedTokens: null, cost: 0.25 };

it("adds the calls of an answer, and leaves out a call that reports nothing", () => {
  const first = addUsage(unknown, { ...call, inputTokens: 10, cost: 0.5 });
  expect(first).toEqual({ inputTokens: 10, outputTokens: 1, cachedTokens: null, cost: 0.5 });
  expect(addUsage(first, call)).toEqual({ ...first, inputTokens: 11, outputTokens: 2, cost: 0.75 });
  const nothing = { inputTokens: 0, outputTokens: 0, cachedTokens: null, cost: null };
  expect(addUsage(first, nothing)).toBe(first);
});

it("counts a call that reports its cost alone, and never more tokens than a row can hold", () => {
  const costOnly = { inputTokens: 0, outputTokens: 0, cachedTokens: null, cost: 0.25 };
  expect(addUsage(unknown, costOnly)).toEqual(costOnly);
  const large = { ...call, inputTokens: 2_000_000_000, outputTokens: 2_000_000_000 };
  expect(addUsage(addUsage(unknown, large), large)).toMatchObject({
    inputTokens: 2_147_483_647,
    outputTokens: 2_147_483_647,
  });
});

it("knows no cost once the price of one call is unknown", () => {
  const first = addUsage(unknown, { ...call, cost: null });
  expect(addUsage(first, call)).toMatchObject({ inputTokens: 2, cost: null });
});

it.each([
  [null, null, null],
  [null, 5, 5],
  [5, null, 5],
  [0, null, 0],
  [5, 7, 12],
])("adds %s and %s cached tokens to %s", (first, second, sum) => {
  const usage = addUsage(unknown, { ...call, cachedTokens: first });
  expect(addUsage(usage, { ...call, cachedTokens: second }).cachedTokens).toBe(sum);
});
