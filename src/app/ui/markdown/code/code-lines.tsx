import { Fragment, memo } from "react";
import type { ReactNode } from "react";
import type { CodeChunk, CodeNode } from "./highlighter.ts";

/** Highlighted code. Only the chunks that have changed render again. */
export function CodeLines({ chunks }: { readonly chunks: readonly CodeChunk[] }) {
  const last = chunks.length - 1;
  return chunks.map((chunk, index) => <Chunk key={index} nodes={chunk} isWhole={index < last} />);
}

interface ChunkProps {
  readonly nodes: CodeChunk;
  /** Whether the chunk consists of whole lines. It is a block then, so that the browser need not lay it out again. */
  readonly isWhole: boolean;
}

const Chunk = memo(function Chunk({ nodes, isWhole }: ChunkProps) {
  return isWhole ? <span className="block">{renderNodes(nodes)}</span> : renderNodes(nodes);
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
