import type { MarkdownIt, StateInline, Token } from "markdown-it";

/**
 * Characters that end an address in running text: white space, what GFM excludes, and the scripts of languages that
 * write no space after it.
 */
const outside = String.raw`\s<>"\u3000-\u303f\uff00-\uffef\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}`;
const address = new RegExp(`^https?://[^${outside}]+`, "iu");
const www = new RegExp(`(?<=^|[\\s*_~(]|[${outside}])www\\.[^${outside}]+`, "giu");
const email = /(?<![\w.+/-])[\w.+-]+@(?:[\w-]+\.)+[\w-]*[a-z0-9](?![\w-])/gi;

/** Makes links of addresses in running text: GFM's extended autolinks. */
export function bareLinkRules(md: MarkdownIt): void {
  md.inline.ruler.before("newline", "bare_link", bareLink);
  md.inline.ruler2.push("bare_text_links", bareTextLinks);
}

/** Runs before emphasis, so that `_` and `*` in an address stay part of it. */
function bareLink(state: StateInline, silent: boolean): boolean {
  const { src, pos, posMax, linkLevel } = state;
  if (linkLevel > 0 || !src.startsWith("://", pos)) return false;
  const scheme = /(?:^|[^a-z0-9])(https?)$/i.exec(src.slice(Math.max(0, pos - 6), pos))?.[1];
  if (scheme === undefined || !state.pending.endsWith(scheme)) return false;
  const start = pos - scheme.length;
  const found = address.exec(src.slice(start, Math.min(posMax, start + 2_000)))?.[0] ?? "";
  const url = withoutTrailing(found);
  if (url.length <= scheme.length + 3) return false;
  if (!silent) {
    state.pending = state.pending.slice(0, -scheme.length);
    const open = state.push("link_open", "a", 1);
    open.attrs = [["href", state.md.normalizeLink(url)]];
    state.push("text", "", 0).content = url;
    state.push("link_close", "a", -1);
  }
  state.pos = start + url.length;
  return true;
}

/** Cuts off what belongs to the sentence around an address rather than to the address. */
function withoutTrailing(url: string): string {
  for (let end = url.length; end > 0; end--) {
    const text = url.slice(0, end);
    const last = text.at(-1) ?? "";
    const entity = /&[a-z\d]+;$/i.exec(text)?.[0];
    if (entity !== undefined) {
      end -= entity.length - 1;
      continue;
    }
    if (/[?!.,:*_~'";]/.test(last)) continue;
    if (last === ")" && count(text, ")") > count(text, "(")) continue;
    if (last === "]" && count(text, "]") > count(text, "[")) continue;
    return text;
  }
  return "";
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}

/** Addresses that start like any other word: `www.…` and e-mail. */
function bareTextLinks(state: StateInline): void {
  if (!state.src.includes("@") && !/www\./i.test(state.src)) return;
  const { tokens } = state;
  let depth = 0;
  const result: Token[] = [];
  for (const token of tokens) {
    if (token.type === "link_open") depth++;
    if (token.type === "link_close") depth--;
    if (token.type === "text" && depth === 0) result.push(...linkText(state, token));
    else result.push(token);
  }
  tokens.splice(0, tokens.length, ...result);
}

function linkText(state: StateInline, token: Token): Token[] {
  const { content } = token;
  const found = [
    ...[...content.matchAll(www)].map((match) => ({ match, prefix: "http://" })),
    ...[...content.matchAll(email)].map((match) => ({ match, prefix: "mailto:" })),
  ].toSorted((one, other) => one.match.index - other.match.index);
  const result: Token[] = [];
  const add = (type: string, nesting: -1 | 0 | 1, text = ""): Token => {
    const made = new state.Token(type, type === "text" ? "" : "a", nesting);
    made.content = text;
    result.push(made);
    return made;
  };
  let done = 0;
  for (const { match, prefix } of found) {
    const text = withoutTrailing(match[0]);
    if (match.index < done || text === "" || /\._?$/.test(text)) continue;
    if (prefix === "http://" && !/^www\.[^.]/i.test(text)) continue;
    if (match.index > done) add("text", 0, content.slice(done, match.index));
    add("link_open", 1).attrs = [["href", state.md.normalizeLink(prefix + text)]];
    add("text", 0, text);
    add("link_close", -1);
    done = match.index + text.length;
  }
  if (done === 0) return [token];
  if (done < content.length) add("text", 0, content.slice(done));
  return result;
}
