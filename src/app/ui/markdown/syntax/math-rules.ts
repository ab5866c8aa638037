import type { MarkdownIt, StateBlock, StateInline } from "markdown-it";
import { isOpen, isTail } from "./syntax-env.ts";

/** In characters and in lines. Longer ones would cost too much to look for. */
const maxLength = 5_000;
const maxLines = 200;

const closers: Readonly<Record<string, string>> = {
  $: "$",
  $$: "$$",
  "\\(": "\\)",
  "\\[": "\\]",
};

/**
 * Formulas between `$…$`, `$$…$$`, `\(…\)` and `\[…\]`: tokens `math_inline` and `math_block` with the source between the
 * delimiters as it is. `info` is `pending` for one that an open text has not closed yet.
 */
export function mathRules(md: MarkdownIt): void {
  md.inline.ruler.before("escape", "math_inline", inlineMath);
  md.block.ruler.before("fence", "math_block", blockMath, {
    alt: ["paragraph", "reference", "blockquote", "list"],
  });
}

function inlineMath(state: StateInline, silent: boolean): boolean {
  const { src, pos } = state;
  const opener = /^(?:\$\$?|\\[([])/.exec(src.slice(pos, pos + 2))?.[0];
  const closer = closers[opener ?? ""];
  if (opener === undefined || closer === undefined) return false;
  const start = pos + opener.length;
  const length = src.slice(start, Math.min(state.posMax, start + maxLength)).indexOf(closer);
  if (length >= 0) {
    const content = src.slice(start, start + length);
    const end = start + length + closer.length;
    if (!isFormula(opener, content, src[pos - 1] ?? " ", src[end] ?? " ")) return false;
    if (!silent) pushFormula(state, opener, content);
    state.pos = end;
    return true;
  }
  if (!isTail(state) || !mayBecomeFormula(opener, src.slice(start), src[pos - 1] ?? " ")) {
    return false;
  }
  if (!silent) pushFormula(state, opener, src.slice(start).replace(/[\\$]$/, ""), "pending");
  state.pos = state.posMax;
  return true;
}

function pushFormula(state: StateInline, opener: string, content: string, info = ""): void {
  const token = state.push("math_inline", opener === "$" || opener === "\\(" ? "" : "display", 0);
  token.content = content;
  token.info = info;
}

/** Tells formulas from amounts of money, variables of a shell and escaped brackets. */
function isFormula(opener: string, content: string, before: string, after: string): boolean {
  if (content.trim() === "") return false;
  if (opener === "\\(" || opener === "$$") return true;
  if (opener === "\\[") return /\w/.test(content) && /[\\^_={}+*/<>|\d-]/.test(content);
  if (/^\s|\s$|[\n`]/.test(content)) return false;
  if (/[\w$\\]/.test(before) || /\w/.test(after)) return false;
  return !/^\d[\d.,]*(?:\s|$)/.test(content) || /[\\^_={}+*/<>]/.test(content) || after !== " ";
}

/** Whether text after `$` looks like the start of a formula. The other delimiters are never anything else. */
function mayBecomeFormula(opener: string, rest: string, before: string): boolean {
  if (opener !== "$") return true;
  if (/[\w$\\]/.test(before) || !/^[^\s\d`$][^`\n]*$/.test(rest)) return false;
  return /[\\^_{=]/.test(rest) || !/\s/.test(rest);
}

function blockMath(
  state: StateBlock,
  startLine: number,
  endLine: number,
  silent: boolean,
): boolean {
  if (indentOf(state, startLine) - state.blkIndent >= 4) return false;
  const first = lineOf(state, startLine).trim();
  const opener = /^(?:\$\$|\\\[)/.exec(first)?.[0];
  const closer = closers[opener ?? ""];
  if (opener === undefined || closer === undefined) return false;
  const lines = [first.slice(opener.length)];
  let line = startLine;
  for (;;) {
    if (lines.at(-1)?.trimEnd().endsWith(closer) === true) break;
    // More text after the closing delimiter makes it a formula in a paragraph.
    if (lines.at(-1)?.includes(closer)) return false;
    line++;
    if (line < endLine && line - startLine > maxLines) return false;
    const isOver =
      line >= endLine || (!state.isEmpty(line) && indentOf(state, line) < state.blkIndent);
    if (!isOver) {
      lines.push(lineOf(state, line));
      continue;
    }
    if (!isOpen(state) || line < state.lineMax) return false;
    if (!silent) push(state, startLine, line, lines.join("\n").replace(/[\\$]\s*$/, ""), "pending");
    return true;
  }
  const content = lines.join("\n").trimEnd().slice(0, -closer.length).trim();
  if (content === "") return false;
  if (!silent) push(state, startLine, line + 1, content, "");
  return true;
}

function push(state: StateBlock, from: number, to: number, content: string, info: string): void {
  const token = state.push("math_block", "display", 0);
  token.content = content.trim();
  token.info = info;
  token.map = [from, to];
  state.line = to;
}

function lineOf(state: StateBlock, line: number): string {
  return state.getLines(line, line + 1, state.blkIndent, false);
}

function indentOf(state: StateBlock, line: number): number {
  return state.sCount[line] ?? 0;
}
