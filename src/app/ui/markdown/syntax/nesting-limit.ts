import type { MarkdownIt, StateBlock } from "markdown-it";

/**
 * How deep blocks may be nested: a quote is one level, a list two. Deeper ones would overflow the stack of the
 * renderer or of the browser, and nobody can read them.
 */
const maxLevel = 40;

/** Keeps blocks that are nested too deeply as plain text, so that hostile input costs no more than its length. */
export function nestingLimit(md: MarkdownIt): void {
  md.block.ruler.before("table", "nesting_limit", plainWhenDeep);
}

function plainWhenDeep(
  state: StateBlock,
  startLine: number,
  endLine: number,
  silent: boolean,
): boolean {
  if (silent || state.level < maxLevel) return false;
  let line = startLine;
  while (line < endLine && (state.isEmpty(line) || indentOf(state, line) >= state.blkIndent)) {
    line++;
  }
  const content = state.getLines(startLine, line, state.blkIndent, false).trim();
  state.push("paragraph_open", "p", 1).map = [startLine, line];
  const text = state.push("inline", "", 0);
  text.content = content;
  text.map = [startLine, line];
  text.children = [];
  state.push("paragraph_close", "p", -1);
  state.line = line;
  return true;
}

function indentOf(state: StateBlock, line: number): number {
  return state.sCount[line] ?? 0;
}
