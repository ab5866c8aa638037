/** Cuts a text after at most `maxChars` UTF-16 code units, never through a surrogate pair. */
export function cutText(text: string, maxChars: number): string {
  return withoutHalf(text.slice(0, maxChars));
}

/** The text without the first half of a surrogate pair at its end. */
export function withoutHalf(text: string): string {
  return endsInHalf(text) ? text.slice(0, -1) : text;
}

/** True when the text ends with the first half of a surrogate pair. */
export function endsInHalf(text: string): boolean {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd8_00 && last <= 0xdb_ff;
}
