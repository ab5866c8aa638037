"use client";

import { memo, useId, useMemo, useState } from "react";
import { Footnote, FootnoteContext, Footnotes } from "./footnotes.tsx";
import { Caret, linksFor, MarkdownBlock } from "./markdown-block.tsx";
import { MarkdownGroup } from "./markdown-group.tsx";
import type { MarkdownBlockText } from "./syntax/markdown-document.ts";
import { MarkdownDocument } from "./syntax/markdown-document.ts";

interface MarkdownProps {
  readonly text: string;
  /**
   * True unless the text is complete: more of it may arrive, or it was cut off in the middle. Markdown that is not closed
   * is then rendered as if it were.
   */
  readonly isOpen: boolean;
  /** True while more text arrives. */
  readonly isStreaming: boolean;
}

/**
 * Renders Markdown (CommonMark and GFM, with footnotes, alerts and formulas) as React elements. Nothing in the text can
 * turn into HTML or a script, request an image, or link to anything but http, https and mailto.
 */
export const Markdown = memo(function Markdown({ text, isOpen, isStreaming }: MarkdownProps) {
  const [document] = useState(() => new MarkdownDocument());
  const { blocks, notes, links } = document.read(text, isOpen);
  const prefix = `note${useId()}`;
  const names = useMemo(
    () => ({ prefix, numbers: links.numbers, labels: links.footnotes }),
    [prefix, links],
  );
  const [isLive, setIsLive] = useState(isStreaming);
  if (isStreaming && !isLive) setIsLive(true);
  return (
    <FootnoteContext value={names}>
      <div className="flex min-w-0 flex-col gap-3 leading-[1.65] [overflow-wrap:anywhere] [&>:first-child>:first-child]:mt-0">
        {groupsOf(blocks).map((group, index, groups) => {
          const isLast = index === groups.length - 1;
          return (
            <MarkdownGroup
              key={index}
              blocks={group}
              links={links}
              isOpen={isOpen}
              isTail={isOpen && isLast && notes.length === 0}
              isStreaming={isStreaming && isLast}
              isSkippable={isLive && !isLast}
            />
          );
        })}
        {blocks.length === 0 && isStreaming && <Caret />}
        {notes.length > 0 && (
          <Footnotes>
            {notes.map(({ label, source }, index) => (
              <Footnote key={label} label={label}>
                <MarkdownBlock
                  source={source}
                  headings=""
                  links={linksFor(source, links)}
                  isOpen={isOpen}
                  isTail={isOpen && index === notes.length - 1}
                  isStreaming={false}
                />
              </Footnote>
            ))}
          </Footnotes>
        )}
      </div>
    </FootnoteContext>
  );
});

/** How many blocks are rendered together. */
const groupSize = 16;

function groupsOf(blocks: readonly MarkdownBlockText[]): (readonly MarkdownBlockText[])[] {
  return Array.from({ length: Math.ceil(blocks.length / groupSize) }, (_, index) =>
    blocks.slice(index * groupSize, (index + 1) * groupSize),
  );
}
