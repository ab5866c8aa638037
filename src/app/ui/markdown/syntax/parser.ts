import MarkdownIt from "markdown-it";
import type { Token } from "markdown-it";
import { bareLinkRules } from "./bare-link-rules.ts";
import { cjkEmphasis } from "./cjk-emphasis.ts";
import { footnoteRules } from "./footnote-rules.ts";
import { mathRules } from "./math-rules.ts";
import { nestingLimit } from "./nesting-limit.ts";
import { openEndRules } from "./open-end-rules.ts";
import type { SyntaxEnv } from "./syntax-env.ts";

const md = new MarkdownIt("commonmark", { maxNesting: 100 }).enable(["table", "strikethrough"]);
// The renderer decides which addresses are safe.
md.validateLink = () => true;
md.normalizeLink = encodeAddress;
md.use(cjkEmphasis)
  .use(nestingLimit)
  .use(mathRules)
  .use(footnoteRules)
  .use(openEndRules)
  .use(bareLinkRules);

const loneSurrogate = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

/** Encodes what an address may not contain, and keeps what is encoded already. */
function encodeAddress(address: string): string {
  const text = address.replaceAll(loneSurrogate, "\uFFFD");
  return encodeURI(text).replaceAll(/%25(?=[\da-f]{2})/gi, "%");
}

/** Replaces the line endings and characters that Markdown does not distinguish. */
export function normalize(text: string): string {
  return /[\r\0]/.test(text) ? text.replaceAll(/\r\n?/g, "\n").replaceAll("\0", "\uFFFD") : text;
}

/** Finds the blocks of a normalized text, without what is inside their paragraphs. Collects link definitions in `env`. */
export function parseBlocks(text: string, env: SyntaxEnv): Token[] {
  const tokens: Token[] = [];
  md.block.parse(text, md, env, tokens);
  return tokens;
}

/**
 * Parses a normalized text completely.
 *
 * @param isTail whether an open text ends with this one
 */
export function parse(text: string, env: SyntaxEnv, isTail: boolean): Token[] {
  const tokens = parseBlocks(text, env);
  const last = isTail ? tailOf(text, tokens) : -1;
  for (const [index, token] of tokens.entries()) {
    if (token.type !== "inline") continue;
    env.isTail = index === last;
    token.children = [];
    md.inline.parse(token.content, md, env, token.children);
  }
  env.isTail = false;
  return tokens;
}

/** The index of the paragraph that more text would continue, or -1. */
function tailOf(text: string, tokens: readonly Token[]): number {
  const index = tokens.findLastIndex(({ type, content }) => type === "inline" && content !== "");
  // A formula, code or another block without text inside follows.
  const isFollowed = tokens
    .slice(index + 1)
    .some(({ type, nesting }) => nesting >= 0 && type !== "td_open" && type !== "inline");
  if (isFollowed || /\n[ \t>]*\n[ \t>]*$/.test(text)) return -1;
  const parent = tokens[index - 1]?.type;
  const isCell = parent === "th_open" || parent === "td_open";
  if (text.endsWith("\n") && (isCell || parent === "heading_open")) return -1;
  return isCell && /(?<!\\)\|[ \t]*$/.test(text) ? -1 : index;
}

export function unescapeAll(text: string): string {
  return md.utils.unescapeAll(text);
}
