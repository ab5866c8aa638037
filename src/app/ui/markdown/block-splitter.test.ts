import { describe, expect, it } from "vitest";
import { BlockSplitter } from "./block-splitter.ts";

const text = `# Title

A paragraph with **bold**
and a second line.

- one

- two

  continued

1. a
2. b

\`\`\`ts
const a = 1;

// - not a list
\`\`\`

| a | b |
|---|---|
| 1 | 2 |

> quote
> more

Setext
======

<div>raw</div>

last
`;

describe("BlockSplitter", () => {
  it("splits a growing text like a complete one", () => {
    const growing = new BlockSplitter();
    for (let length = 1; length <= text.length; length++) {
      const part = text.slice(0, length);
      expect(growing.split(part)).toEqual(new BlockSplitter().split(part));
    }
  });

  it("keeps the whole text", () => {
    expect(new BlockSplitter().split(text).join("")).toBe(text);
  });

  it("starts over when the text is replaced", () => {
    const splitter = new BlockSplitter();
    splitter.split(text);
    expect(splitter.split("other\n\ntext")).toEqual(["other\n\n", "text"]);
  });
});
