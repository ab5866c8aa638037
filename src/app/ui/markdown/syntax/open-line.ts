import type { Token } from "markdown-it";
import { parseBlocks } from "./parser.ts";
import type { SyntaxEnv } from "./syntax-env.ts";

/** What stands before the content of a line: the markers of the quotes and lists around it. */
const markers = /^(?:[ \t]*(?:>|[-+*](?=[ \t])|\d{1,9}[.)](?=[ \t])))*[ \t]*/;

/** Starts of lines that may become the markup of a block, or turn the line above into something else. */
const undecided = [
  // Rules, underlines of headings, markers of lists, rows of tables and fences.
  /^[-=+*_#~`|: ]+$/,
  /^\d{1,3}$/,
  /^\d{1,9}[.)]$/,
  /^(?:`{3,}[^`]*|~{3,}.*)$/,
  // Formulas.
  /^(?:\$\$?|\\\[?)$/,
  // Footnotes, tasks and alerts.
  /^\[(?:\^[^\]\s]*|\d{0,3}|[ x]|![a-z]*)\]?:?[ \t]*$/i,
  // Definitions of links.
  /^\[[^\]]+\]:[ \t]*(?:h(?:t(?:tp?)?)?|(?:http|[</#.])\S*(?:[ \t]+(?:["'(].*)?)?)?$/,
];

/** The inside of the sentinel must not be Markdown, nor occur in an answer. */
const sentinel = "\uE000";

/**
 * Prepares the last line of an open text: leaves out what may become a block's markup with the next character, and
 * completes the head of a table, so that its cells appear one by one.
 *
 * @param text the end of a text, from the start of a block on
 * @param earlier what stands before it
 */
export function closeOpenLine(text: string, earlier = ""): string {
  const start = text.lastIndexOf("\n") + 1;
  const line = text.slice(start);
  const before = text.slice(0, start);
  const content = line.replace(markers, "");
  const head = line.slice(0, line.length - content.length);
  // Below a paragraph, the marker of a list item could be the underline of a heading.
  const isBullet = content === "" && /-[ \t]*$/.test(line);
  const isUndecided =
    isBullet ||
    undecided.some((pattern) => pattern.test(content)) ||
    startsDefinition(content, earlier + before);
  const isTable = content.includes("|") || (line.trim() === "" && /(?:^|\n)\|.*\n$/.test(before));
  if (!isUndecided && !isTable) return text;
  if (isInCode(before)) {
    // May be the fence that closes the code.
    return /^(?:`+|~+)$/.test(content) ? before + head : text;
  }
  if (isTable) {
    const table = completeTable(before, line);
    if (table !== null) return table;
  }
  return isUndecided ? before + head.replace(isBullet ? /-[ \t]*$/ : "", "") : text;
}

/** Whether a line starts like the definition of a label that an earlier link refers to. */
function startsDefinition(content: string, earlier: string): boolean {
  return /^\[[^\]]+\]?:?$/.test(content) && earlier.includes(`]${content.replace(/\]?:?$/, "")}`);
}

/** Whether a line that follows the text is code, a formula or HTML. */
function isInCode(text: string): boolean {
  return blocksOf(text + sentinel).some(
    (token) => token.type !== "inline" && token.content.includes(sentinel),
  );
}

/** Completes the row of dashes below a table's head. Returns null if the line is not the start of a table. */
function completeTable(before: string, line: string): string | null {
  const isDashes = /^[ \t]*\|?[ \t]*:?-*:?[ \t]*(?:\|[ \t:-]*)*$/.test(line);
  if (!isDashes) {
    if (!/^\|[^|\n]*\S/.test(line) || !isAfterBlank(before)) return null;
    return `${before}${line}\n${dashes(line)}`;
  }
  const [, blank = "", title = ""] = /^(|[^]*\n)([^\n]*)\n$/.exec(before) ?? [];
  if (!title.includes("|") || !isAfterBlank(blank) || /^\|?[ \t]*$/.test(title)) return null;
  return `${before}${dashes(title)}`;
}

function isAfterBlank(before: string): boolean {
  return before === "" || /(?:^|\n)[ \t]*\n$/.test(before);
}

function dashes(title: string): string {
  const cells = title
    .trim()
    .replace(/^\|/, "")
    .replace(/(?<!\\)\|$/, "")
    .split(/(?<!\\)\|/);
  return `|${"---|".repeat(cells.length)}`;
}

function blocksOf(text: string): readonly Token[] {
  const env: SyntaxEnv = { references: {}, footnotes: new Set(), isOpen: true, isTail: false };
  return parseBlocks(text, env);
}
