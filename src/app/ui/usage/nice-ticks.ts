/**
 * Returns at most six evenly spaced round numbers from 0 to at least `max`, for an axis that is easy to
 * read.
 *
 * @param minStep the smallest step that makes sense, for example 1 for counts
 */
export function niceTicks(max: number, minStep = 0): readonly number[] {
  const idealStep = Math.max(max / 5, minStep);
  if (!(idealStep > 0)) return [0, 1];
  const power = 10 ** Math.floor(Math.log10(idealStep));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= idealStep * 0.999_999) ?? 10);
  const count = Math.max(1, Math.ceil((max / step) * 0.999_999));
  // Rounds away floating-point errors: 3 * 0.1 is not 0.3.
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}
