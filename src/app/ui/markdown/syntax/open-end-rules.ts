import type { MarkdownIt, StateInline, Token } from "markdown-it";
import { inlineTags } from "./inline-html.ts";
import { isOpen, isTail } from "./syntax-env.ts";

/**
 * What an open text ends with, read as what it is about to become: `**bold` is bold, `[text](addr` is its text, and a
 * character that may be markup is left out until the next one tells. Without these rules, a text that streams would show
 * its markup for a moment, and one that was cut off would show it forever.
 */
export function openEndRules(md: MarkdownIt): void {
  const { ruler, ruler2 } = md.inline;
  ruler.before("escape", "open_escape", openEscape);
  ruler.before("backticks", "open_code", openCode);
  ruler.before("strikethrough", "open_delimiters", openDelimiters);
  ruler.after("image", "open_link", openLink);
  ruler.after("html_inline", "open_html", openHtml);
  ruler.before("entity", "open_entity", openEntity);
  ruler2.after("balance_pairs", "close_open", closeOpenDelimiters);
}

/** Leaves out the rest of the text. */
function leaveOut(state: StateInline): true {
  state.pos = state.posMax;
  return true;
}

function rest(state: StateInline): string {
  return state.src.slice(state.pos, state.posMax);
}

function openEscape(state: StateInline): boolean {
  return isTail(state) && rest(state) === "\\" && leaveOut(state);
}

function openCode(state: StateInline, silent: boolean): boolean {
  if (!isTail(state) || state.src[state.pos] !== "`") return false;
  const [, marker = "", content = ""] = /^(`+)(.*)$/s.exec(rest(state)) ?? [];
  // Looks for a run of the same length, which would close it.
  if (new RegExp(`(?<!\`)${marker}(?!\`)`).test(content)) return false;
  const shown = content.replace(/`+$/, "").replaceAll("\n", " ").trimStart();
  if (!silent && shown !== "") state.push("code_inline", "code", 0).content = shown;
  return leaveOut(state);
}

function openDelimiters(state: StateInline): boolean {
  if (!isTail(state) || !/^(?:\*+|_+|~+|\$+|!?\[|!)$/.test(rest(state))) return false;
  // An exclamation mark after a word ends a sentence.
  return !(rest(state) === "!" && /\S/.test(state.src[state.pos - 1] ?? " ")) && leaveOut(state);
}

function openEntity(state: StateInline): boolean {
  if (state.src[state.pos] !== "&" || !isTail(state)) return false;
  if (/\w/.test(state.src[state.pos - 1] ?? "")) return false;
  return /^&#?[a-z\d]{0,8}$/i.test(rest(state)) && leaveOut(state);
}

function openHtml(state: StateInline): boolean {
  if (state.src[state.pos] !== "<" || !isTail(state)) return false;
  const text = rest(state);
  const [whole, name = ""] = /^<\/?([a-z]*)\s*\/?$/i.exec(text) ?? [];
  if (whole !== undefined && inlineTags.some((tag) => tag.startsWith(name.toLowerCase()))) {
    return leaveOut(state);
  }
  if (["<https://", "<http://", "<mailto:"].some((known) => known.startsWith(text))) {
    return leaveOut(state);
  }
  if (!/^<(?:https?:|mailto:)[^\s<>]*$/i.test(text)) return false;
  // The address becomes a link without the bracket.
  state.pos++;
  return true;
}

function openLink(state: StateInline, silent: boolean): boolean {
  const { src, pos, posMax } = state;
  const start = src[pos] === "!" ? pos + 1 : pos;
  if (src[start] !== "[" || state.linkLevel > 0 || !isOpen(state)) return false;
  const isAtTail = isTail(state);
  if (isAtTail && /^\[\^[^\]\s]*\]?$/.test(src.slice(start))) return leaveOut(state);
  const labelEnd = state.md.helpers.parseLinkLabel(state, start, start === pos);
  if (labelEnd < 0) {
    if (!isAtTail || /\w/.test(src[pos - 1] ?? "") || src.includes("]", start)) return false;
    // The label goes on as text.
    state.pos = start + 1;
    return true;
  }
  const after = src.slice(labelEnd + 1, posMax);
  const length = lengthOfTarget(after, isAtTail);
  if (length < 0) return false;
  if (!silent) {
    state.pos = start + 1;
    state.posMax = labelEnd;
    state.linkLevel++;
    state.md.inline.tokenize(state);
    state.linkLevel--;
    state.posMax = posMax;
  }
  state.pos = labelEnd + 1 + length;
  return true;
}

const target = /^\(\s*(?:<[^<>\n]*>?|[^\s<]*)(?:\s+(?:"[^"]*"?|'[^']*'?|\([^()]*\)?)?)?\s*$/;

/** The length of what follows a label and may become a link's target, or -1 if it can't. */
function lengthOfTarget(after: string, isAtTail: boolean): number {
  if (isAtTail && (after === "" || target.test(after) || /^\[[^[\]]*$/.test(after))) {
    return after.length;
  }
  // The definition may still come.
  return /^\[[^[\]]*\]/.exec(after)?.[0].length ?? -1;
}

/** Closes emphasis where the text ends. */
function closeOpenDelimiters(state: StateInline): void {
  if (state.env["isTail"] !== true) return;
  const { delimiters, tokens } = state;
  for (let index = delimiters.length - 1; index >= 0; index--) {
    const opener = delimiters[index];
    if (opener === undefined || !opener.open || opener.end >= 0) continue;
    if (isInsideWord(tokens, opener.token)) continue;
    const content = tokens[opener.token]?.content ?? "";
    state.push("text", "", 0).content = content;
    const end = delimiters.push({
      marker: opener.marker,
      length: 0,
      token: tokens.length - 1,
      end: -1,
      open: false,
      close: true,
    });
    opener.end = end - 1;
  }
}

/** Whether a delimiter stands in the middle of a word, as in `2*3`, where it is rarely emphasis. */
function isInsideWord(tokens: readonly Token[], index: number): boolean {
  let before = index - 1;
  while (/^(?:[*_]|~~)$/.test(tokens[before]?.content ?? "")) before--;
  const text = tokens[before];
  return text?.type === "text" && /[a-z\d]$/i.test(text.content);
}
