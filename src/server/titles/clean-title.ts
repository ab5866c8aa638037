import { toStorable } from "../../chat/storable-text.ts";
import { cutText } from "../../shared/cut-text.ts";

/** A longer title is cut, between two words where possible. */
const maxTitleChars = 80;

/**
 * Turns what a model wrote into a title: one line of plain text without thinking, quotation marks, Markdown, a leading
 * "Title:" or a final full stop. Empty when nothing is left.
 */
export function cleanTitle(text: string, maxChars = maxTitleChars): string {
  const lines = text
    .replaceAll(/<think(ing)?>[^]*?(<\/think(ing)?>|$)/gi, "")
    .split(/[\r\n\u2028\u2029]+/)
    .map(cleanLine);
  const title = toStorable(lines.find((line) => line !== "") ?? "");
  return shorten(title, Math.min(maxChars, maxTitleChars));
}

/** Control characters other than white space, and marks that change the direction of the text around them. */
// oxlint-disable-next-line no-control-regex -- the pattern is there to find them
const invisible = /[\0-\x08\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+/g;

function cleanLine(line: string): string {
  let title = line.replaceAll(invisible, "").replaceAll(/\s+/g, " ");
  for (let before = ""; before !== title;) {
    before = title;
    title = title
      .trim()
      .replace(/^(#+ |[-*•] |title\s*:)/i, "")
      .replace(/^(["'`“”„‟‘’‚«»*_]+)(.*?)(["'`“”„‟‘’‚«»*_]+)(\.?)$/u, "$2")
      .replace(/(?<![.\s])\.$/, "");
  }
  return title;
}

function shorten(title: string, maxChars: number): string {
  if (title.length <= maxChars) return title;
  const text = cutText(title, maxChars - 1);
  const space = text.lastIndexOf(" ");
  return `${(space > maxChars / 2 ? text.slice(0, space) : text).trimEnd()}…`;
}
