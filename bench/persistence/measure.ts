const rounds = 5;

/** Median of five rounds, in milliseconds for one run, after one round that does not count. */
export async function measure(repeat: number, run: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const start = performance.now();
    for (let index = 0; index < repeat; index++) await run();
    if (round >= 0) times.push((performance.now() - start) / repeat);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? NaN;
}
