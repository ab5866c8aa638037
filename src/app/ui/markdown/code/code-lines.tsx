import { Fragment, memo } from "react";
import type { ReactNode } from "react";
import type { CodeChunk, CodeNode } from "./highlighter.ts";

/** Highlighted code. Only the chunks that have changed render again. */
export function CodeLines({ chunks }: { readonly chunks: readonly CodeChunk[] }) {
  return chunks.map((chunk, index) => <Chunk key={index} nodes={chunk} />);
}

const Chunk = memo(function Chunk({ nodes }: { readonly nodes: CodeChunk }) {
  return renderNodes(nodes);
});

function renderNodes(nodes: readonly CodeNode[]): ReactNode {
  return nodes.map((node, index) => {
    if (typeof node === "string") return <Fragment key={index}>{node}</Fragment>;
    const color = colors[node.scope.split(".")[0] ?? ""];
    const children = renderNodes(node.children);
    if (color === undefined) return <Fragment key={index}>{children}</Fragment>;
    return (
      <span key={index} className={color}>
        {children}
      </span>
    );
  });
}

const keyword = "text-(--code-keyword)";
const string = "text-(--code-string)";
const number = "text-(--code-number)";
const title = "text-(--code-title)";
const quiet = "text-muted-foreground";

/** The colors of highlight.js's scopes. */
const colors: Readonly<Record<string, string>> = {
  addition: string,
  attr: number,
  attribute: number,
  built_in: title,
  comment: quiet,
  deletion: "text-destructive",
  emphasis: "italic",
  keyword,
  link: string,
  literal: keyword,
  meta: quiet,
  name: keyword,
  number,
  property: number,
  quote: quiet,
  regexp: string,
  section: title,
  "selector-class": title,
  "selector-id": title,
  "selector-tag": keyword,
  string,
  strong: "font-semibold",
  symbol: string,
  "template-variable": number,
  title,
  type: keyword,
  variable: number,
};
