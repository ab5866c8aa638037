import type { Passage } from "./passage.ts";

/** The sections of a Markdown document. Sections that hold nothing but a heading are left out. */
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

/** The blocks of a Markdown text: what blank lines separate, with fenced code kept whole. */
export function markdownBlocks(markdown: string): string[] {
  const blocks: string[] = [];
  let lines: string[] = [];
  let inFence = false;
  for (const line of markdown.split("\n")) {
    if (/^\s*(`{3,}|~{3,})/.test(line)) inFence = !inFence;
    if (line.trim() !== "" || inFence) {
      lines.push(line);
      continue;
    }
    if (lines.length > 0) blocks.push(lines.join("\n"));
    lines = [];
  }
  if (lines.length > 0) blocks.push(lines.join("\n"));
  return blocks;
}
