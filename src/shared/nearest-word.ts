/**
 * The word that was probably meant: the one with the fewest letters that are missing, added, replaced or swapped.
 *
 * @returns undefined when none is similar.
 */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  const most = Math.max(1, Math.floor(word.length / 4));
  const [nearest] = known
    .map((candidate) => ({ candidate, changes: changesBetween(word, candidate) }))
    .filter(({ changes }) => changes <= most)
    .toSorted((a, b) => a.changes - b.changes);
  return nearest?.candidate;
}

/** How many letters differ, whatever their case. Two neighbours in the wrong order are one change. */
function changesBetween(from: string, to: string): number {
  const letters = (word: string): string[] => Array.from(word.toLowerCase());
  const [a, b] = [letters(from), letters(to)];
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [line, letter] of a.entries()) {
    const next = [line + 1];
    for (const [column, other] of b.entries()) {
      const replaced = (row[column] ?? 0) + (letter === other ? 0 : 1);
      const added = (next[column] ?? 0) + 1;
      const removed = (row[column + 1] ?? 0) + 1;
      const isSwapped = letter === b[column - 1] && other === a[line - 1];
      const swapped = isSwapped ? (before[column - 1] ?? 0) + 1 : Infinity;
      next.push(Math.min(replaced, added, removed, swapped));
    }
    [before, row] = [row, next];
  }
  return row.at(-1) ?? 0;
}
