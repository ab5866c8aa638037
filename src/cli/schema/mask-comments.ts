/**
 * Replaces comments with spaces, character for character, so that positions stay the same. Handles the
 * comments and quotes of Prisma schemas and JavaScript. Line breaks inside a block comment become
 * spaces too, so code that follows the comment counts as part of the same line.
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

/** Returns where the comment, string or character that starts at `index` ends. */
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

/** A string ends at its closing quote, or at the end of the line when there is none. */
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
