import { expect, it } from "vitest";

import { budgetPeriods, periodEnd, periodStart } from "./budget.ts";

const time = (text: string): number => Date.parse(text);
const iso = (value: number): string => new Date(value).toISOString();

it("finds the calendar period of a time, in UTC", () => {
  const now = time("2028-02-29T23:59:59.999Z");
  expect(budgetPeriods.map((period) => iso(periodStart(period, now)))).toEqual([
    "2028-02-29T23:59:00.000Z",
    "2028-02-29T23:00:00.000Z",
    "2028-02-29T00:00:00.000Z",
    "2028-02-01T00:00:00.000Z",
  ]);
  expect(budgetPeriods.map((period) => iso(periodEnd(period, now)))).toEqual(
    Array.from({ length: 4 }, () => "2028-03-01T00:00:00.000Z"),
  );
  expect(iso(periodEnd("month", time("2026-12-31T23:59:59.999Z")))).toBe(
    "2027-01-01T00:00:00.000Z",
  );
});

it("ends each period where the next one begins", () => {
  for (const period of budgetPeriods) {
    for (const now of [0, time("2026-01-31T12:34:56.789Z"), time("2026-10-25T01:30:00Z")]) {
      const end = periodEnd(period, now);
      expect(periodStart(period, end)).toBe(end);
      expect(periodStart(period, end - 1)).toBe(periodStart(period, now));
      expect(periodStart(period, now)).toBeLessThanOrEqual(now);
    }
  }
});
