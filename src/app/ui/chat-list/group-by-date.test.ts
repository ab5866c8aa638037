import { describe, expect, it } from "vitest";
import { groupByDate } from "./group-by-date.ts";

const now = new Date("2026-11-22T12:00:00Z");

function labels(dates: readonly string[], timeZone = "UTC"): string[] {
  const items = dates.map((updatedAt) => ({ updatedAt }));
  return groupByDate(items, now, timeZone).map((group) => `${group.label} ${group.items.length}`);
}

describe("groupByDate", () => {
  it("groups by day, then week, then month", () => {
    expect(
      labels([
        "2026-11-22T11:59:00Z",
        "2026-11-22T00:00:00Z",
        "2026-11-21T23:59:59Z",
        "2026-11-17T10:00:00Z",
        "2026-11-01T10:00:00Z",
        "2026-10-03T10:00:00Z",
        "2026-10-01T10:00:00Z",
      ]),
    ).toEqual([
      "Today 2",
      "Yesterday 1",
      "Previous 7 days 1",
      "Previous 30 days 1",
      "October 2026 2",
    ]);
  });

  it("uses the calendar of the given time zone", () => {
    expect(labels(["2026-11-21T23:30:00Z"], "Europe/Vienna")).toEqual(["Today 1"]);
    expect(labels(["2026-11-22T04:30:00Z"], "America/New_York")).toEqual(["Yesterday 1"]);
  });
});
