/**
 * Letters whose case `toLowerCase` and the databases may not agree on: those of scripts that SQLite does not know, the
 * sigma, whose form depends on its place, the letters i with and without a dot, and two whose capitals are new. An i
 * before a combining dot, or at the end, may belong to the small form of "İ".
 */
const uncertain =
  /[ΣσςİıſͿϳƛ]|[iI](?=\u0307|$)|\u0307|(?=\p{Cased})[^A-Za-z\u00AA-\u024F\u0386-\u0527\u0531-\u0587\u1E00-\u1EFF]/u;

/** The characters of a text in runs, without those that an index may have in another form. */
export function certainRuns(text: string): readonly (readonly string[])[] {
  return text
    .split(uncertain)
    .map((run) => Array.from(run))
    .filter((run) => run.length > 0);
}
