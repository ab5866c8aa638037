import type { Token } from "markdown-it";
import type { ReactNode } from "react";
import { Fragment } from "react";
import { FootnoteRef } from "./footnotes.tsx";
import { Formula } from "./math/formula.tsx";
import { MarkdownImage, MarkdownLink } from "./markdown-link.tsx";
import type { InlineTag } from "./syntax/inline-html.ts";
import { readInlineTag } from "./syntax/inline-html.ts";
import type { TokenNode } from "./token-tree.ts";

export function renderInline(nodes: readonly TokenNode[]): ReactNode {
  return nodes.map((node, index) => <Fragment key={index}>{renderNode(node)}</Fragment>);
}

function renderNode({ token, children }: TokenNode): ReactNode {
  switch (token.type) {
    case "text":
    case "text_special":
      return token.content;
    case "softbreak":
      return "\n";
    case "hardbreak":
      return <br />;
    case "code_inline":
      return (
        <code
          dir="ltr"
          className="rounded bg-accent px-1 py-0.5 font-mono text-[0.86em] [box-decoration-break:clone]"
        >
          {token.content}
        </code>
      );
    case "strong_open":
      return <strong className="font-semibold">{renderInline(children)}</strong>;
    case "em_open":
      return <em>{renderInline(children)}</em>;
    case "s_open":
      return <del>{renderInline(children)}</del>;
    case "link_open":
      return (
        <MarkdownLink address={attribute(token.attrGet("href"))} title={token.attrGet("title")}>
          {renderInline(children)}
        </MarkdownLink>
      );
    case "image":
      return (
        <MarkdownImage
          address={attribute(token.attrGet("src"))}
          title={token.attrGet("title")}
          alt={plainText(token.children ?? [])}
        />
      );
    case "math_inline":
      return (
        <Formula
          source={token.content}
          isDisplay={token.tag === "display"}
          isPending={token.info === "pending"}
        />
      );
    case "footnote_ref":
      return <FootnoteRef label={token.info} />;
    case "html_inline":
      return renderHtml(token.content, children);
    default:
      return token.content;
  }
}

/** What is left of an image's description without its markup. */
function plainText(tokens: readonly Token[]): string {
  return tokens
    .map((token) => {
      if (token.type === "image") return plainText(token.children ?? []);
      return token.type.endsWith("break") ? " " : token.content;
    })
    .join("");
}

function attribute(value: string | number | null): string {
  return String(value ?? "");
}

/** Renders a tag without attributes that only changes how text looks. Any other HTML is shown as text. */
function renderHtml(html: string, children: readonly TokenNode[]): ReactNode {
  const tag = readInlineTag(html);
  if (tag?.name === "br") return <br />;
  if (tag === null || tag.isClosing || children.length === 0) return html;
  const Tag = tag.name;
  return <Tag className={classes[Tag]}>{renderInline(children)}</Tag>;
}

const classes: Partial<Record<InlineTag, string>> = {
  b: "font-semibold",
  strong: "font-semibold",
  code: "rounded bg-accent px-1 py-0.5 font-mono text-[0.86em]",
  kbd: "rounded border border-b-2 border-input bg-muted px-1.5 py-0.5 font-sans text-[0.8em]",
  mark: "rounded-sm bg-warning-muted text-foreground",
};
