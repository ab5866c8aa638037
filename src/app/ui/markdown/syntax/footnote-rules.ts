import type { MarkdownIt, StateBlock, StateInline } from "markdown-it";
import { isOpen, normalizeLabel } from "./syntax-env.ts";

/**
 * Footnotes as on GitHub: `[^label]` refers to `[^label]: text`, whose further paragraphs are indented. The tokens
 * `footnote_open` and `footnote_ref` have the label in `info`. A reference is one only if its footnote exists, or may
 * still come.
 */
export function footnoteRules(md: MarkdownIt): void {
  md.block.ruler.before("reference", "footnote", footnote, {
    alt: ["paragraph", "blockquote"],
  });
  md.inline.ruler.before("link", "footnote_ref", footnoteRef);
}

function footnote(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  const indent = state.sCount[startLine] ?? 0;
  // Only at the top: in a list or a quote, the end of a footnote would be hard to see.
  const isTop = state.level === 0 || (silent && indent < state.blkIndent);
  if (!isTop || indent >= 4) return false;
  const start = (state.bMarks[startLine] ?? 0) + (state.tShift[startLine] ?? 0);
  const end = state.eMarks[startLine] ?? 0;
  const match = /^\[\^([^\]\s]+)\]:[ \t]*/.exec(state.src.slice(start, end));
  if (match === null) return false;
  if (silent) return true;
  const token = state.push("footnote_open", "", 1);
  token.info = normalizeLabel(match[1] ?? "");
  const map: [number, number] = [startLine, startLine + 1];
  token.map = map;

  const before = {
    mark: state.bMarks[startLine] ?? 0,
    shift: state.tShift[startLine] ?? 0,
    count: state.sCount[startLine] ?? 0,
  };
  // The first line continues as if it stood where the further ones do.
  state.bMarks[startLine] = start + match[0].length;
  state.tShift[startLine] = 0;
  state.sCount[startLine] = 4;
  state.blkIndent = 4;
  state.md.block.tokenize(state, startLine, endLine);
  state.blkIndent = 0;
  state.bMarks[startLine] = before.mark;
  state.tShift[startLine] = before.shift;
  state.sCount[startLine] = before.count;
  if (state.line <= startLine) state.line = startLine + 1;
  map[1] = state.line;
  state.push("footnote_close", "", -1);
  return true;
}

function footnoteRef(state: StateInline, silent: boolean): boolean {
  const { src, pos, posMax, env } = state;
  if (!src.startsWith("[^", pos)) return false;
  const match = /^\[\^([^\]\s]+)\](?!:)/.exec(src.slice(pos, Math.min(posMax, pos + 200)));
  if (match === null) return false;
  const label = normalizeLabel(match[1] ?? "");
  const { footnotes } = env;
  if (!isOpen(state) && !(footnotes instanceof Set && footnotes.has(label))) return false;
  if (!silent) state.push("footnote_ref", "", 0).info = label;
  state.pos += match[0].length;
  return true;
}
