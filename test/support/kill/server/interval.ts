/** A span of time, in milliseconds since 1970. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** Counts the milliseconds between two times that lie in at least one of the intervals. */
export function coveredMs(from: number, to: number, intervals: readonly Interval[]): number {
  let covered = 0;
  let end = from;
  for (const one of intervals.toSorted((a, b) => a.from - b.from)) {
    const start = Math.max(end, one.from);
    const stop = Math.min(to, one.to);
    if (stop <= start) continue;
    covered += stop - start;
    end = stop;
  }
  return covered;
}
