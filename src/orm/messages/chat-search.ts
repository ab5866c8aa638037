import type { Row } from "../database/prisma-client-like.ts";

/** A search in the list of chats. */
export interface ChatSearch {
  /** Columns that the chat rows must have. */
  readonly scope: Row;
  readonly text: string;
  /** Only chats that follow this one in the list; null for the first page. */
  readonly after: { readonly updatedAt: Date; readonly id: string } | null;
  readonly take: number;
}

/** Characters of an excerpt before and after the text that was searched for. */
export const charsBefore = 30;
export const charsAfter = 90;

/**
 * The usual ways to write a text. SQLite ignores the case of A to Z only, so a text with other letters is searched for
 * in lower case, in upper case and capitalized. Unusual spellings are found when they are typed exactly.
 */
export function spellings(text: string): readonly string[] {
  if (/^[ -~]*$/.test(text)) return [text];
  const lower = text.toLowerCase();
  const upper = text.toUpperCase();
  const first = lower.replace(/\p{L}/u, (letter) => letter.toUpperCase());
  const each = lower.replaceAll(/(?<!\p{L})\p{L}/gu, (letter) => letter.toUpperCase());
  return [...new Set([text, lower, upper, first, each])];
}

/** Turns an excerpt into one line, cut between words if possible, with an ellipsis where it was cut. */
export function tidy(excerpt: string, text: string): string {
  const at = excerpt.toLowerCase().indexOf(text.toLowerCase());
  const isCutBefore = at > charsBefore;
  const isCutAfter = excerpt.length > Math.max(at, 0) + text.length + charsAfter;
  let line = excerpt.replaceAll(/\s+/g, " ");
  if (isCutBefore) line = line.replace(/^\S{0,20}\s/, "");
  if (isCutAfter) line = line.replace(/\s\S{0,20}$/, "");
  return `${isCutBefore ? "…" : ""}${line.trim()}${isCutAfter ? "…" : ""}`;
}

/** The part of a content around a text, as one line. */
export function excerptAround(content: string, text: string): string {
  const at = Math.max(0, content.toLowerCase().indexOf(text.toLowerCase()));
  const start = Math.max(0, at - charsBefore - 1);
  return tidy(content.slice(start, at + text.length + charsAfter + 1), text);
}
