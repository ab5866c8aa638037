"use client";

import { memo, useState } from "react";
import remend from "remend";
import { BlockSplitter } from "./block-splitter.ts";
import { MarkdownBlock } from "./markdown-block.tsx";

interface MarkdownProps {
  readonly text: string;
  /** True while more text may arrive. Unclosed Markdown is then rendered as if it were closed. */
  readonly isStreaming: boolean;
}

/**
 * Renders Markdown as React elements. Nothing in the text can turn into HTML or a script, request an
 * image, or link to anything but http, https and mailto.
 */
export const Markdown = memo(function Markdown({ text, isStreaming }: MarkdownProps) {
  const [splitter] = useState(() => new BlockSplitter());
  const blocks = splitter.split(text);
  const last = blocks.length - 1;
  return blocks.map((block, index) => {
    const isGrowing = isStreaming && index === last;
    return (
      <MarkdownBlock
        key={index}
        source={isGrowing ? remend(block) : block}
        isStreaming={isGrowing}
      />
    );
  });
});
