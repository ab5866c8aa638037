const firstHalfAtEnd = /[\uD800-\uDBFF]$/;

/** Cuts a text after at most `maxChars` UTF-16 code units, never through a surrogate pair. */
export function cutText(text: string, maxChars: number): string {
  return withoutHalf(text.slice(0, maxChars));
}

/** The text without the first half of a surrogate pair at its end. */
export function withoutHalf(text: string): string {
  return text.replace(firstHalfAtEnd, "");
}

/** True when the text ends with the first half of a surrogate pair. */
export function endsInHalf(text: string): boolean {
  return firstHalfAtEnd.test(text);
}
