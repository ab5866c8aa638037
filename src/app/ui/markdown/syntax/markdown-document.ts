import type { Token } from "markdown-it";
import { closeOpenLine } from "./open-line.ts";
import { normalize, parseBlocks } from "./parser.ts";
import type { SyntaxEnv } from "./syntax-env.ts";

/** A top-level block of a text. */
export interface MarkdownBlockText {
  readonly source: string;
  /** The levels of the headings in it, such as “2 3” for an h2 and an h3. No level of the page is skipped. */
  readonly headings: string;
}

/** A footnote of a text. */
export interface MarkdownNote {
  readonly label: string;
  readonly source: string;
}

/** What a block needs to know about the other blocks. The same object as long as none of it changes. */
export interface MarkdownLinks {
  readonly references: SyntaxEnv["references"];
  /** The numbers of the footnotes that the text refers to, by their labels. */
  readonly numbers: ReadonlyMap<string, number>;
  /** The labels of the footnotes. */
  readonly footnotes: ReadonlySet<string>;
}

export interface MarkdownView {
  readonly blocks: readonly MarkdownBlockText[];
  readonly notes: readonly MarkdownNote[];
  readonly links: MarkdownLinks;
}

/** A block as it was found, whose headings have no levels yet. */
interface Found {
  readonly source: string;
  readonly depths: readonly number[];
  /** The label of the footnote that the block is, or null. */
  readonly note: string | null;
  /** The labels of the footnotes that it refers to. */
  readonly refs: readonly string[];
}

/** More text can still change the last two blocks: a list continues, a paragraph becomes a heading. */
const unsettledBlocks = 2;

export const noLinks: MarkdownLinks = { references: {}, numbers: new Map(), footnotes: new Set() };

/**
 * Splits a Markdown text into its top-level blocks. When the text grows, only its end is parsed again, so the cost of a
 * chunk does not depend on the length of the text.
 */
export class MarkdownDocument {
  #text = "";
  #settled: Found[] = [];
  #settledLength = 0;
  #settledReferences: SyntaxEnv["references"] = {};
  #links = noLinks;

  /** @param isOpen whether the text may go on, because it streams or was cut off */
  read(source: string, isOpen: boolean): MarkdownView {
    const text = normalize(source);
    if (!text.startsWith(this.#text.slice(0, this.#settledLength))) this.#reset();
    this.#text = text;
    const rest = text.slice(this.#settledLength);
    const references = { ...this.#settledReferences };
    const fresh = split(
      isOpen ? closeOpenLine(rest, text.slice(0, this.#settledLength)) : rest,
      references,
      isOpen,
    );
    const all = [...this.#settled, ...fresh];
    this.#settle(fresh);
    this.#links = linksOf(all, references, this.#links);
    return {
      blocks: withHeadings(all.filter(({ note }) => note === null)),
      notes: notesOf(all, this.#links.numbers),
      links: this.#links,
    };
  }

  #reset(): void {
    this.#settled = [];
    this.#settledLength = 0;
    this.#settledReferences = {};
    this.#links = noLinks;
  }

  #settle(fresh: readonly Found[]): void {
    for (const block of fresh.slice(0, -unsettledBlocks)) {
      this.#settled.push(block);
      this.#settledLength += block.source.length;
      if (block.source.includes("]:")) blocksOf(block.source, this.#settledReferences, false);
    }
  }
}

/** Splits a text into blocks, and adds its definitions of links to `references`. The first one of a label counts. */
function split(text: string, references: SyntaxEnv["references"], isOpen: boolean): Found[] {
  const lines = lineStarts(text);
  const groups = topLevel(blocksOf(text, references, isOpen));
  return groups.map((tokens, index) => {
    const from = index === 0 ? 0 : startOf(tokens, lines);
    const next = groups[index + 1];
    const source = text.slice(from, next === undefined ? text.length : startOf(next, lines));
    return describeBlock(source, tokens);
  });
}

function blocksOf(
  text: string,
  references: SyntaxEnv["references"],
  isOpen: boolean,
): readonly Token[] {
  return parseBlocks(text, { references, footnotes: noLinks.footnotes, isOpen, isTail: false });
}

function describeBlock(source: string, tokens: readonly Token[]): Found {
  const [first] = tokens;
  const isText = tokens.some((token) => token.type === "inline");
  return {
    source,
    depths: tokens
      .filter((token) => token.type === "heading_open")
      .map((token) => Number(token.tag.slice(1))),
    note: first?.type === "footnote_open" ? first.info : null,
    refs: isText ? refsIn(source) : [],
  };
}

function refsIn(source: string): readonly string[] {
  if (!source.includes("[^")) return [];
  return [...source.matchAll(/\[\^([^\]\s]+)\](?!:)/g)].map((match) =>
    (match[1] ?? "").toLowerCase(),
  );
}

/** Groups tokens by the top-level block that they belong to. */
function topLevel(tokens: readonly Token[]): Token[][] {
  const groups: Token[][] = [];
  for (const token of tokens) {
    const isStart =
      token.level === 0 && token.nesting >= 0 && token.map !== null && token.type !== "inline";
    const group = groups.at(-1);
    if (isStart || group === undefined) groups.push([token]);
    else group.push(token);
  }
  return groups;
}

function startOf(tokens: readonly Token[], lines: readonly number[]): number {
  return lines[tokens[0]?.map?.[0] ?? 0] ?? 0;
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

function linksOf(
  blocks: readonly Found[],
  references: SyntaxEnv["references"],
  before: MarkdownLinks,
): MarkdownLinks {
  const footnotes = new Set(blocks.flatMap(({ note }) => note ?? []));
  const labels = [...new Set([...blocks.flatMap(({ refs }) => refs), ...footnotes])];
  const numbers = new Map(labels.map((label, index) => [label, index + 1]));
  const links = { references, numbers, footnotes };
  return keyOf(links) === keyOf(before) ? before : links;
}

function keyOf({ references, numbers, footnotes }: MarkdownLinks): string {
  if (numbers.size === 0 && Object.keys(references).length === 0) return "";
  return JSON.stringify([references, [...numbers.keys()], [...footnotes]]);
}

/** Gives headings levels below the page's h1: a heading is one level below the one that it belongs to. */
function withHeadings(blocks: readonly Found[]): MarkdownBlockText[] {
  const above: number[] = [];
  return blocks.map(({ source, depths }) => {
    const levels = depths.map((depth) => {
      while ((above.at(-1) ?? 0) >= depth) above.pop();
      above.push(depth);
      return Math.min(above.length + 1, 6);
    });
    return { source, headings: levels.join(" ") };
  });
}

function notesOf(
  blocks: readonly Found[],
  numbers: ReadonlyMap<string, number>,
): readonly MarkdownNote[] {
  return blocks
    .flatMap(({ note, source }) => (note === null ? [] : [{ label: note, source }]))
    .toSorted((one, other) => (numbers.get(one.label) ?? 0) - (numbers.get(other.label) ?? 0));
}
