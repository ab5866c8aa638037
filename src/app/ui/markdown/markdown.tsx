"use client";

import { memo, useState } from "react";
import remend from "remend";
import { BlockSplitter } from "./block-splitter.ts";
import { MarkdownBlock } from "./markdown-block.tsx";

interface MarkdownProps {
  readonly text: string;
  /** True while more text may come: what is not closed yet is shown as if it were. */
  readonly growing: boolean;
}

/**
 * Markdown as React elements. Nothing in the text can become HTML, a script, a request for an image
 * or a link other than http, https and mailto.
 */
export const Markdown = memo(function Markdown({ text, growing }: MarkdownProps) {
  const [splitter] = useState(() => new BlockSplitter());
  const blocks = splitter.split(text);
  const last = blocks.length - 1;
  return blocks.map((block, index) => {
    const isGrowing = growing && index === last;
    return (
      <MarkdownBlock key={index} source={isGrowing ? remend(block) : block} growing={isGrowing} />
    );
  });
});
