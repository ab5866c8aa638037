import type { Passage } from "./passage.ts";

/** Splits a Markdown document into its sections. Sections without text are skipped. */
export function splitMarkdown(document: string, markdown: string): Passage[] {
  const passages: Passage[] = [];
  const headings: string[] = [];
  let lines: string[] = [];
  let fence: string | null = null;

  const close = (): void => {
    const text = lines.join("\n").trim();
    lines = [];
    if (text !== "") passages.push({ document, heading: headings.join(" › "), text });
  };

  for (const line of markdown.split(/\r?\n/)) {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
    if (mark !== undefined) {
      if (fence === null) fence = mark;
      else if (mark.startsWith(fence)) fence = null;
    }
    const heading = fence === null ? /^(#{1,6})\s+(.+?)\s*#*$/.exec(line) : null;
    if (heading?.[1] === undefined || heading[2] === undefined) {
      lines.push(line);
      continue;
    }
    close();
    headings.length = Math.min(headings.length, heading[1].length - 1);
    headings.push(heading[2].replaceAll(/[`*_]/g, ""));
  }
  close();
  return passages;
}

/**
 * Returns the first blocks of a Markdown text: at least one, and about `length` characters in total. Blank
 * lines and list items separate blocks. Fenced code is never split.
 */
export function firstBlocks(markdown: string, length: number): string {
  let end = 0;
  let inFence = false;
  let position = 0;
  for (const line of markdown.split("\n")) {
    const isBoundary = !inFence && (line.trim() === "" || /^(?:[-*+]|\d+[.)])\s/.test(line));
    if (isBoundary && position > 0) {
      if (end > 0 && position - 1 > length) break;
      end = position;
    }
    if (/^\s*(?:`{3,}|~{3,})/.test(line)) inFence = !inFence;
    position += line.length + 1;
  }
  if (end === 0 || markdown.length <= length) return markdown.trimEnd();
  return markdown.slice(0, end).trimEnd();
}
