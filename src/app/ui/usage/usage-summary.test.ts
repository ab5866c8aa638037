import type { UsageGroup } from "node-llm-trpc/react";
import { expect, test } from "vitest";
import { daysToShow, fillDays, sortByCost, startOfRange, sumUsage } from "./usage-summary.ts";

function group(patch: Partial<UsageGroup>): UsageGroup {
  return {
    key: "",
    title: null,
    requests: 1,
    errors: 0,
    inputTokens: 1,
    outputTokens: 2,
    cachedTokens: null,
    cost: null,
    p50: 1,
    p95: 2,
    ...patch,
  };
}

test("a range ends today, in UTC", () => {
  expect(startOfRange("2026-03-02T23:59:00.000Z", 7)).toBe("2026-02-24T00:00:00.000Z");
});

test("days without requests are filled with zeros", () => {
  const days = fillDays([group({ key: "2026-02-28" })], "2026-02-27T00:00:00.000Z", 3);
  expect(days.map(({ key, requests }) => [key, requests])).toEqual([
    ["2026-02-27", 0],
    ["2026-02-28", 1],
    ["2026-03-01", 0],
  ]);
});

test.each(["cost", "cachedTokens"])("the total of %s is unknown only if every one is", (key) => {
  expect(sumUsage([group({}), group({})])).toMatchObject({ requests: 2, [key]: null });
  expect(sumUsage([group({ [key]: 0.5 }), group({})])).toMatchObject({ [key]: 0.5 });
});

test("groups are sorted by cost, then by tokens", () => {
  const groups = [
    group({ key: "small" }),
    group({ key: "large", inputTokens: 9 }),
    group({ key: "paid", cost: 0.1 }),
  ];
  expect(sortByCost(groups).map(({ key }) => key)).toEqual(["paid", "large", "small"]);
});

test("the days before the first request are left out, but for a week", () => {
  const days = (first: number, count: number) =>
    daysToShow(
      Array.from({ length: count }, (_, index) => group({ requests: index >= first ? 1 : 0 })),
    ).length;
  expect(days(10, 30)).toBe(20);
  expect(days(29, 30)).toBe(7);
  expect(days(30, 30)).toBe(30);
  expect(days(0, 30)).toBe(30);
});
