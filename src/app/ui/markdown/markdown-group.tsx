import { memo } from "react";
import { linksFor, MarkdownBlock } from "./markdown-block.tsx";
import type { MarkdownBlockText, MarkdownLinks } from "./syntax/markdown-document.ts";

interface MarkdownGroupProps {
  readonly blocks: readonly MarkdownBlockText[];
  readonly links: MarkdownLinks;
  /** Whether the text that the blocks belong to may go on. */
  readonly isOpen: boolean;
  /** Whether it may go on where the last block ends. */
  readonly isTail: boolean;
  readonly isStreaming: boolean;
  /**
   * Whether the browser may skip the group while it is out of view: only once it has been in view, so that its height is
   * known and nothing moves when it comes back.
   */
  readonly isSkippable: boolean;
}

/** Some blocks of a text. In a long answer that grows, all groups but the last cost nothing. */
export const MarkdownGroup = memo(function MarkdownGroup(props: MarkdownGroupProps) {
  const { blocks, links, isOpen, isTail, isStreaming, isSkippable } = props;
  const last = blocks.length - 1;
  return (
    <div
      className={`flex min-w-0 flex-col gap-3 *:min-w-0 ${
        isSkippable ? "[contain-intrinsic-size:auto_40rem] [content-visibility:auto]" : ""
      }`}
    >
      {blocks.map(({ source, headings }, index) => (
        <MarkdownBlock
          key={index}
          source={source}
          headings={headings}
          links={linksFor(source, links)}
          isOpen={isOpen && source.includes("[")}
          isTail={isTail && index === last}
          isStreaming={isStreaming && index === last}
        />
      ))}
    </div>
  );
}, isSame);

function isSame(before: MarkdownGroupProps, after: MarkdownGroupProps): boolean {
  return (
    before.links === after.links &&
    before.isOpen === after.isOpen &&
    before.isTail === after.isTail &&
    before.isStreaming === after.isStreaming &&
    before.isSkippable === after.isSkippable &&
    before.blocks.length === after.blocks.length &&
    before.blocks.every(({ source, headings }, index) => {
      const other = after.blocks[index];
      return source === other?.source && headings === other.headings;
    })
  );
}
