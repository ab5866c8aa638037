import { endsInHalf } from "../../shared/cut-text.ts";

/** Characters of an excerpt before and after the text that was found. */
const charsBefore = 30;
const charsAfter = 90;

/**
 * Ignores the case of every script. The two small letters for the Greek sigma are the same one, since the form depends
 * on the place in the word.
 */
export function foldCase(text: string): string {
  return text.toLowerCase().replaceAll("ς", "σ");
}

/** Finds one text in many others, whatever its case, and shows what stands around it. */
export class TextFinder {
  readonly #wanted: string;

  /** @param text the text to find. Nothing in it is a wildcard. */
  constructor(text: string) {
    this.#wanted = foldCase(text);
  }

  /** The text around the first place, as one line that is cut between words if possible; null when there is none. */
  excerpt(text: string): string | null {
    const folded = foldCase(text);
    const at = folded.indexOf(this.#wanted);
    if (at < 0) return null;
    const isSameLength = folded.length === text.length;
    const place = (index: number): number => (isSameLength ? index : unfolded(text, index));
    return excerptOf(text, place(at), place(at + this.#wanted.length));
  }
}

/** The place in a text whose folded form is longer, because of a letter such as "İ". */
function unfolded(text: string, foldedIndex: number): number {
  let index = 0;
  let folded = 0;
  for (const letter of text) {
    if (folded >= foldedIndex) break;
    folded += foldCase(letter).length;
    index += letter.length;
  }
  return index;
}

function excerptOf(text: string, start: number, end: number): string {
  const first = Math.max(0, start - charsBefore);
  const from = endsInHalf(text.slice(0, first)) ? first + 1 : first;
  const last = Math.min(text.length, end + charsAfter);
  const to = endsInHalf(text.slice(0, last)) ? last - 1 : last;
  let before = oneLine(text.slice(from, start));
  let after = oneLine(text.slice(end, to));
  if (from > 0) before = before.replace(/^\S{0,20}\s/, "");
  if (to < text.length) after = after.replace(/\s\S{0,20}$/, "");
  const line = (before + oneLine(text.slice(start, end)) + after).trim();
  return `${from > 0 ? "…" : ""}${line}${to < text.length ? "…" : ""}`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}
