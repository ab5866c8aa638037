import { describe, expect, it } from "vitest";
import { niceTicks } from "./nice-ticks.ts";

describe("niceTicks", () => {
  it("covers the maximum with a few round numbers", () => {
    expect(niceTicks(21_600)).toEqual([0, 5_000, 10_000, 15_000, 20_000, 25_000]);
    expect(niceTicks(0.053)).toEqual([0, 0.02, 0.04, 0.06]);
    expect(niceTicks(0.3)).toEqual([0, 0.1, 0.2, 0.3]);
    expect(niceTicks(100)).toEqual([0, 20, 40, 60, 80, 100]);
  });

  it("uses no step smaller than the minimum", () => {
    expect(niceTicks(2, 1)).toEqual([0, 1, 2]);
    expect(niceTicks(0, 1)).toEqual([0, 1]);
    expect(niceTicks(0)).toEqual([0, 1]);
  });
});
