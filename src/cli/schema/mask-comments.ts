/**
 * The text with its comments blanked out, character for character, so that positions stay the same.
 * Knows what Prisma schemas and JavaScript have in common, and the quotes of both. The end of a line
 * inside a block comment is blanked too: code after it counts as the same line.
 */
export function maskComments(text: string): string {
  let result = "";
  let index = 0;
  while (index < text.length) {
    const end = tokenEnd(text, index);
    const token = text.slice(index, end);
    result += /^\/[/*]/.test(token) ? " ".repeat(token.length) : token;
    index = end;
  }
  return result;
}

/** The end of the comment, the string or the character that begins at `index`. */
export function tokenEnd(text: string, index: number): number {
  const character = text.charAt(index);
  if (character === '"' || character === "'" || character === "`") return stringEnd(text, index);
  if (text.startsWith("//", index))
    return indexOrEnd(text.slice(index).search(/\r?\n/), index, text);
  if (text.startsWith("/*", index)) {
    return indexOrEnd(text.indexOf("*/", index + 2) - index + 2, index, text);
  }
  return index + 1;
}

function indexOrEnd(length: number, index: number, text: string): number {
  return length < 2 ? text.length : index + length;
}

/** A string ends with its quote, or with the line when the quote is missing. */
function stringEnd(text: string, index: number): number {
  const quote = text.charAt(index);
  for (let at = index + 1; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === "\\") at++;
    else if (character === quote) return at + 1;
    else if (character === "\n" && quote !== "`") return at;
  }
  return text.length;
}
