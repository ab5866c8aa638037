import { median } from "../lib/quantile.ts";

const rounds = 5;

/** Measures the milliseconds of one run: the median of five rounds, after a warm-up round. */
export async function measure(repeat: number, run: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const start = performance.now();
    for (let index = 0; index < repeat; index++) await run();
    if (round >= 0) times.push((performance.now() - start) / repeat);
  }
  return median(times);
}
