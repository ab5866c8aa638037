import { memo } from "react";
import { renderBlocks } from "./render-blocks.tsx";
import type { MarkdownLinks } from "./syntax/markdown-document.ts";
import { noLinks } from "./syntax/markdown-document.ts";
import { parse } from "./syntax/parser.ts";

interface MarkdownBlockProps {
  readonly source: string;
  readonly headings: string;
  readonly links: MarkdownLinks;
  /** Whether the text that the block belongs to may go on. */
  readonly isOpen: boolean;
  /** Whether it may go on where the block ends. */
  readonly isTail: boolean;
  readonly isStreaming: boolean;
}

/** One top-level block. Re-renders only when its own text changes, or that of what it refers to. */
export const MarkdownBlock = memo(function MarkdownBlock(props: MarkdownBlockProps) {
  const { source, headings, links, isOpen, isTail, isStreaming } = props;
  const { references, footnotes } = links;
  const tokens = parse(source, { references, footnotes, isOpen, isTail: false }, isTail);
  return renderBlocks(tokens, { headings, isTail, caret: isStreaming ? <Caret /> : null });
});

/** Only blocks that refer to something depend on what there is. */
export function linksFor(source: string, links: MarkdownLinks): MarkdownLinks {
  return source.includes("[") ? links : noLinks;
}

/** Shows where the next word will appear. */
export function Caret() {
  return (
    <span
      aria-hidden
      data-caret
      className="ms-0.5 inline-block h-[1.05em] w-[0.45em] animate-pulse rounded-[1px] bg-primary align-text-bottom forced-colors:bg-[CanvasText]"
    />
  );
}
