/**
 * Round numbers from 0 to at least `max`, evenly spaced and at most six, for an axis that is easy to
 * read. `smallest` is the smallest step that makes sense, for example 1 for what is counted.
 */
export function niceTicks(max: number, smallest = 0): readonly number[] {
  const least = Math.max(max / 5, smallest);
  if (!(least > 0)) return [0, 1];
  const power = 10 ** Math.floor(Math.log10(least));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= least * 0.999_999) ?? 10);
  const count = Math.max(1, Math.ceil((max / step) * 0.999_999));
  // 3 * 0.1 is not 0.3.
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}
