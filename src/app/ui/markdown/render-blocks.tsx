import type { Token } from "markdown-it";
import type { ReactNode } from "react";
import { Fragment } from "react";
import { CodeBlock } from "./code/code-block.tsx";
import { MarkdownAlert, readAlertKind } from "./markdown-alert.tsx";
import { MarkdownCell, MarkdownTable } from "./markdown-table.tsx";
import { Formula } from "./math/formula.tsx";
import { renderInline } from "./render-inline.tsx";
import { unescapeAll } from "./syntax/parser.ts";
import type { TokenNode } from "./token-tree.ts";
import { toTree } from "./token-tree.ts";

export interface BlockState {
  /** The levels of the headings, in order. */
  readonly headings: string;
  /** Whether more text may follow the end of this block. */
  readonly isTail: boolean;
  /** Shown after the last word of a block that streams, or below what has no words. */
  readonly caret: ReactNode;
}

interface Context {
  /** The levels of the headings that are still to come. */
  readonly levels: string[];
  readonly isTail: boolean;
  /** The caret, until it is placed. */
  readonly carets: ReactNode[];
  /** The token that the caret follows. */
  readonly last: Token | undefined;
  /** Whether some of the block's text is written from right to left. */
  readonly hasRightToLeft: boolean;
  /** True inside of lists, quotes and tables, which have a direction for all of their text. */
  readonly isNested: boolean;
}

/** Renders the tokens of a block. */
export function renderBlocks(tokens: readonly Token[], state: BlockState): ReactNode {
  const carets = [state.caret];
  const blocks = renderAll(toTree(tokens), {
    levels: state.headings.split(" "),
    hasRightToLeft: tokens.some(({ content }) => rightToLeft.test(content)),
    isTail: state.isTail,
    carets,
    last: tokens.findLast(({ nesting }) => nesting === 0),
    isNested: false,
  });
  return (
    <>
      {blocks}
      {carets.pop()}
    </>
  );
}

function renderAll(nodes: readonly TokenNode[], context: Context): ReactNode {
  return nodes.map((node, index) => <Fragment key={index}>{render(node, context)}</Fragment>);
}

function render(node: TokenNode, context: Context): ReactNode {
  const { token, children } = node;
  const isLast = token === context.last;
  switch (token.type) {
    case "inline":
      return renderText(token, isLast, context);
    case "paragraph_open":
      if (token.hidden) return renderAll(children, context);
      return <p {...direction(context)}>{renderAll(children, context)}</p>;
    case "heading_open":
      return renderHeading(node, context);
    case "blockquote_open":
      return renderQuote(node, context);
    case "bullet_list_open":
      return (
        <ul dir={directionOf(node, context)} className={`list-disc ${listClass(node)}`}>
          {renderAll(children, nested(context))}
        </ul>
      );
    case "ordered_list_open":
      return (
        <ol
          dir={directionOf(node, context)}
          start={Number(token.attrGet("start") ?? 1)}
          className={`list-decimal ${listClass(node)}`}
        >
          {renderAll(children, nested(context))}
        </ol>
      );
    case "list_item_open":
      return renderItem(children, context);
    case "fence":
    case "code_block":
      return renderCode(token, context, isLast);
    case "math_block":
      return <Formula source={token.content} isDisplay isPending={token.info === "pending"} />;
    case "html_block":
      return (
        <p {...direction(context)} className="whitespace-pre-wrap">
          {token.content.trimEnd()}
          {isLast && context.carets.pop()}
        </p>
      );
    case "hr":
      return <hr className="my-2 border-border" />;
    case "table_open":
      return (
        <MarkdownTable dir={directionOf(node, context)}>
          {renderAll(children, nested(context))}
        </MarkdownTable>
      );
    case "thead_open":
      return children.some(({ children: row }) => row.some(hasText)) ? (
        <thead>{renderAll(children, context)}</thead>
      ) : null;
    case "tbody_open":
      return <tbody>{renderAll(children, context)}</tbody>;
    case "tr_open":
      return <tr>{renderAll(children, context)}</tr>;
    case "th_open":
    case "td_open":
      return (
        <MarkdownCell isHeader={token.type === "th_open"} align={alignment(token)}>
          {renderAll(children, context)}
        </MarkdownCell>
      );
    default:
      return renderAll(children, context);
  }
}

/** A list whose items are paragraphs needs more room between them. */
function listClass({ children }: TokenNode): string {
  const isLoose = children.some((item) =>
    item.children.some(({ token }) => token.type === "paragraph_open" && !token.hidden),
  );
  return `${isLoose ? "space-y-2" : "space-y-1"} ps-6 marker:text-muted-foreground [li>&]:mt-1.5`;
}

function nested(context: Context): Context {
  return { ...context, isNested: true };
}

/** Hebrew, Arabic and the other scripts that are written from right to left. */
const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/** The direction of a text follows its first letter. In a list, a quote or a table, that of all texts together does. */
function direction({ isNested }: Context): { readonly dir?: "auto" } {
  return isNested ? {} : { dir: "auto" };
}

/**
 * The direction of a list, a quote or a table: that of its first letter. The browser finds it, unless the texts inside have
 * directions of their own.
 */
function directionOf(node: TokenNode, { hasRightToLeft }: Context): "auto" | "rtl" | "ltr" {
  if (!hasRightToLeft) return "auto";
  const letter = firstLetter(node);
  return letter !== null && rightToLeft.test(letter) ? "rtl" : "ltr";
}

function firstLetter({ token, children }: TokenNode): string | null {
  if (token.type === "inline") {
    return /\p{L}/u.exec(token.content.replaceAll(/`[^`]*`/g, ""))?.[0] ?? null;
  }
  for (const child of children) {
    const letter = firstLetter(child);
    if (letter !== null) return letter;
  }
  return null;
}

/** Renders a paragraph's text. In a list of another direction, it stays aligned with the list. */
function renderText(token: Token, isLast: boolean, context: Context): ReactNode {
  const text = (
    <>
      {renderInline(toTree(token.children ?? [], isLast && context.isTail))}
      {isLast && context.carets.pop()}
    </>
  );
  return context.isNested && context.hasRightToLeft ? <span dir="auto">{text}</span> : text;
}

const headingStyles: Readonly<Record<string, string>> = {
  h1: "text-xl",
  h2: "text-lg",
  h3: "text-base",
};

/** The page has its own h1. The size of a heading follows its source, its level the headings before it. */
function renderHeading({ token, children }: TokenNode, context: Context): ReactNode {
  const level = context.levels.shift() ?? "2";
  const Tag = headingTags[level] ?? "h6";
  const style = headingStyles[token.tag] ?? "text-[15px]";
  return (
    <Tag dir="auto" className={`mt-2 -mb-1.5 font-semibold tracking-tight text-balance ${style}`}>
      {renderAll(children, context)}
    </Tag>
  );
}

const headingTags: Readonly<Record<string, "h2" | "h3" | "h4" | "h5">> = {
  "2": "h2",
  "3": "h3",
  "4": "h4",
  "5": "h5",
};

function renderQuote(node: TokenNode, context: Context): ReactNode {
  const { children } = node;
  const text = children[0]?.children[0]?.token;
  const [line = ""] = text?.content.split("\n", 1) ?? [];
  const kind = children[0]?.token.type === "paragraph_open" ? readAlertKind(line) : null;
  if (kind === null) {
    return (
      <blockquote
        dir={directionOf(node, context)}
        className="flex flex-col gap-2 border-s-2 border-input ps-3.5 text-muted-foreground"
      >
        {renderAll(children, nested(context))}
      </blockquote>
    );
  }
  const rest = withoutFirstLine(children);
  return (
    <MarkdownAlert kind={kind} dir={directionOf({ ...node, children: rest }, context)}>
      {renderAll(rest, nested(context))}
    </MarkdownAlert>
  );
}

/** Leaves out the line that names the kind of an alert. */
function withoutFirstLine(blocks: TokenNode[]): TokenNode[] {
  const text = blocks[0]?.children[0]?.token;
  const tokens = text?.children ?? [];
  const end = tokens.findIndex(({ type }) => type === "softbreak" || type === "hardbreak");
  if (text === undefined || end < 0) return blocks.slice(1);
  text.children = tokens.slice(end + 1);
  text.content = text.content.slice(text.content.indexOf("\n") + 1);
  return blocks;
}

function renderItem(children: readonly TokenNode[], context: Context): ReactNode {
  const inline = children[0]?.children[0];
  const text = inline?.token.children?.[0];
  const box = text?.type === "text" ? /^\[([ xX])\](?:\s|$)/.exec(text.content) : null;
  const item = "[&>*+*]:mt-1.5 [&>:is(ul,ol,figure,blockquote,pre)]:mt-1.5";
  if (text === undefined || box === null) {
    return <li className={item}>{renderAll(children, context)}</li>;
  }
  const isDone = box[1] !== " ";
  text.content = text.content.slice(box[0].length);
  return (
    <li className={`-ms-5 list-none ${item}`} data-task>
      <input
        type="checkbox"
        checked={isDone}
        disabled
        readOnly
        aria-label={isDone ? "Done" : "To do"}
        className="me-2 accent-primary"
      />
      {renderAll(children, context)}
    </li>
  );
}

function renderCode(token: Token, context: Context, isLast: boolean): ReactNode {
  const [language = ""] = unescapeAll(token.info).trim().split(/\s+/, 1);
  const code = token.content.replace(/\n$/, "");
  const isOpen = context.isTail && isLast;
  if (language === "math" && !isOpen) return <Formula source={code} isDisplay isPending={false} />;
  return <CodeBlock code={code} language={language} caret={isLast && context.carets.pop()} />;
}

function hasText({ token, children }: TokenNode): boolean {
  return token.type === "inline" ? token.content.trim() !== "" : children.some(hasText);
}

function alignment(token: Token): "left" | "center" | "right" | null {
  const [, side] =
    /text-align:(left|center|right)/.exec(String(token.attrGet("style") ?? "")) ?? [];
  return side === "left" || side === "center" || side === "right" ? side : null;
}
