import { withoutHalf } from "./cut-text.ts";
import type { JsonValue } from "./json-value.ts";
import { maxJsonDepth } from "./json-value.ts";

/**
 * Parses as much as there is of JSON that is still being written: what is open is closed, and what cannot be read yet is
 * left out, such as a key without its value or a number that may have more digits. More text only ever adds to the
 * value.
 *
 * @returns undefined when there is nothing to read, and for what is no JSON.
 */
export function parsePartialJson(text: string): JsonValue | undefined {
  /** What closes all that is open. */
  let closing = "";
  let isKey = false;
  /** Where the text was last whole, but for what closes it. */
  let end = 0;
  let tail = "";
  const mark = (at: number): void => {
    end = at;
    tail = closing;
  };
  for (let at = 0; at < text.length;) {
    const char = text[at] ?? "";
    if (char === '"') {
      const after = afterString(text, at);
      if (after === -1) return isKey ? parse(text.slice(0, end) + tail) : cut(text, at, closing);
      at = after;
      if (!isKey) mark(at);
      continue;
    }
    const literal = literalAt(text, at);
    at += Math.max(1, literal);
    if (literal > 0) {
      if (at < text.length) mark(at);
    } else if (char === "{" || char === "[") {
      if (closing.length === maxJsonDepth) break;
      closing = (char === "{" ? "}" : "]") + closing;
      isKey = char === "{";
      mark(at);
    } else if (char === "}" || char === "]") {
      closing = closing.slice(1);
      isKey = false;
      mark(at);
    } else if (char === ",") isKey = closing.startsWith("}");
    else if (char === ":") isKey = false;
  }
  return parse(text.slice(0, end) + tail);
}

/** The place after a string that begins at `start`; -1 when it has no end yet. */
function afterString(text: string, start: number): number {
  stringEnd.lastIndex = start + 1;
  for (;;) {
    const found = stringEnd.exec(text);
    if (found === null) return -1;
    if (found[0] === '"') return stringEnd.lastIndex;
    // Whatever follows a backslash is no end.
    stringEnd.lastIndex++;
  }
}

const stringEnd = /["\\]/g;
const literals = /[^\s,:{}[\]"]+/y;

/** The length of a number, or of `true`, `false` or `null`. */
function literalAt(text: string, at: number): number {
  literals.lastIndex = at;
  return literals.test(text) ? literals.lastIndex - at : 0;
}

/** Closes a string that begins at `start` and has no end yet. */
function cut(text: string, start: number, closing: string): JsonValue | undefined {
  // The end may be in the middle of an escape such as `\u00e4`, which an odd number of backslashes begins.
  const code = /u[0-9a-fA-F]{0,3}$/.exec(text.slice(-4))?.[0] ?? "";
  const last = text.length - code.length - 1;
  let at = last;
  while (at > start && text[at] === "\\") at--;
  const kept = (last - at) % 2 === 1 ? text.slice(0, last) : text;
  return parse(`${withoutHalf(kept)}"${closing}`);
}

function parse(text: string): JsonValue | undefined {
  try {
    const json: JsonValue = JSON.parse(text);
    return json;
  } catch {
    return undefined;
  }
}
