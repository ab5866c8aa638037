import { expect, it } from "vitest";

import type { WireUsage } from "./wire-usage.ts";
import { asTokens, mergeWireUsage, sumTokens, toCoreUsage } from "./wire-usage.ts";

const none: WireUsage = {
  inputTokens: null,
  outputTokens: null,
  cachedTokens: null,
  cacheWriteTokens: null,
  reasoningTokens: null,
  cost: null,
};

it.each([
  [7, 7],
  [0, 0],
  ["7", 7],
  ["7.4", 7],
  [3.6, 4],
  ["", null],
  ["seven", null],
  [-1, null],
  [2_147_483_647, 2_147_483_647],
  [2_147_483_648, null],
  [1e300, null],
  [Number.NaN, null],
  [null, null],
  [undefined, null],
  [{}, null],
])("reads %j as %j tokens", (value, tokens) => expect(asTokens(value)).toBe(tokens));

it("sums what is known", () => {
  expect(sumTokens(1, undefined, "2")).toBe(3);
  expect(sumTokens(undefined, null)).toBeNull();
  expect(sumTokens(2_000_000_000, 2_000_000_000)).toBe(2_147_483_647);
});

it("takes the larger of running totals, and keeps what a later report leaves out", () => {
  const first = { ...none, inputTokens: 10, outputTokens: 1 };
  expect(mergeWireUsage(first, { ...none, inputTokens: 0, outputTokens: 5, cost: 0 })).toEqual({
    ...none,
    inputTokens: 10,
    outputTokens: 5,
    cost: 0,
  });
  expect(mergeWireUsage(null, first)).toBe(first);
});

it.each<[string, Partial<WireUsage>, string, string, number | undefined]>([
  [
    "the cached price",
    { inputTokens: 10_000, outputTokens: 100, cachedTokens: 9_000 },
    "gpt-4o",
    "OpenAI",
    0.01475,
  ],
  // 1,000 at $3, 8,000 at $0.30 and 1,000 at $3.75 for a million, and 100 at $15.
  [
    "the price of writing",
    { inputTokens: 10_000, outputTokens: 100, cachedTokens: 8_000, cacheWriteTokens: 1_000 },
    "claude-sonnet-4-5",
    "Anthropic",
    0.01065,
  ],
  [
    "the provider's own cost",
    { inputTokens: 10, outputTokens: 10, cost: 0.5 },
    "gpt-4o",
    "OpenAI",
    0.5,
  ],
  [
    "the provider's own cost of 0",
    { inputTokens: 10, outputTokens: 10, cost: 0 },
    "gpt-4o",
    "OpenAI",
    0,
  ],
  [
    "no cost for a model without a price",
    { inputTokens: 10, outputTokens: 10 },
    "some-model",
    "OpenAI",
    undefined,
  ],
  // A server that reports more cached tokens than it read must not make the answer cheaper than free.
  [
    "at least the price of the cache",
    { inputTokens: 10, outputTokens: 0, cachedTokens: 1_000_000 },
    "gpt-4o",
    "OpenAI",
    0.000013,
  ],
])("uses %s", (_title, usage, model, provider, cost) => {
  expect(toCoreUsage({ ...none, ...usage }, model, provider).cost).toBe(cost);
});
