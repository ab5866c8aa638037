"use client";

import { memo, useId, useMemo, useState } from "react";
import { Footnote, FootnoteContext, Footnotes } from "./footnotes.tsx";
import { MarkdownBlock } from "./markdown-block.tsx";
import type { MarkdownLinks } from "./syntax/markdown-document.ts";
import { MarkdownDocument, noLinks } from "./syntax/markdown-document.ts";

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
  const last = blocks.length - 1;
  return (
    <FootnoteContext value={names}>
      <div className="flex min-w-0 flex-col gap-3 leading-[1.65] [overflow-wrap:anywhere] *:min-w-0">
        {blocks.map(({ source, headings }, index) => (
          <MarkdownBlock
            key={index}
            source={source}
            headings={headings}
            links={linksFor(source, links)}
            isOpen={isOpen && source.includes("[")}
            isTail={isOpen && index === last && notes.length === 0}
            isStreaming={isStreaming && index === last}
          />
        ))}
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

/** Only blocks that refer to something depend on what there is. */
function linksFor(source: string, links: MarkdownLinks): MarkdownLinks {
  return source.includes("[") ? links : noLinks;
}
