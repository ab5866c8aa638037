import spec from "commonmark-spec";
import { describe, expect, it, vi } from "vitest";
import gfm from "../../../../../test/fixtures/gfm-extensions.json";
import { everyConstruct } from "../../../../../test/support/markdown/every-construct.ts";
import { MarkdownDocument } from "./markdown-document.ts";

// Each text is read at each of its lengths.
vi.setConfig({ testTimeout: 60_000 });

const examples = [...spec.tests, ...gfm.examples].map(({ markdown }) => markdown);

function read(text: string, isOpen: boolean) {
  return new MarkdownDocument().read(text, isOpen);
}

describe("MarkdownDocument", () => {
  it.each([true, false])(
    "reads a text that grows like one that is there at once (isOpen: %j)",
    (isOpen) => {
      const texts = [...examples, everyConstruct, examples.join("\n\n")];
      for (const text of texts) {
        const growing = new MarkdownDocument();
        // Of the longest text, not each length is compared.
        const step = text.length > 10_000 ? 97 : 1;
        for (let length = 1; length <= text.length; length += step) {
          const part = text.slice(0, length);
          expect(growing.read(part, isOpen)).toEqual(read(part, isOpen));
        }
      }
    },
  );

  it("keeps the whole text", () => {
    const lost = [...examples, everyConstruct].filter((text) => {
      const { blocks, notes } = read(text, false);
      const shown = [...blocks, ...notes].map(({ source }) => source).join("");
      // A text without a block consists of definitions or of white space.
      return shown !== "" && shown.length !== text.length;
    });
    expect(lost).toEqual([]);
  });

  it("starts over when the text is replaced", () => {
    const document = new MarkdownDocument();
    document.read("one\n\n[a]: /a\n\ntwo\n\nthree\n\nfour", true);
    expect(document.read("other\n\ntext", false)).toEqual(read("other\n\ntext", false));
  });

  it("does not change what it says about links while they stay the same", () => {
    const document = new MarkdownDocument();
    const text = "[a][b] and[^c].\n\n[b]: https://example.com\n\n[^c]: A note.\n\nMore text";
    const before = document.read(text, true);
    const after = document.read(`${text}, and more`, true);
    expect(after.links).toBe(before.links);
    expect(document.read(`${text}\n\n[^d]: Another.\n`, true).links).not.toBe(before.links);
  });

  it("gives headings levels without a gap, which later text does not change", () => {
    const text = "## a\n\n#### b\n\n### c\n\n# d\n\n- ###### e\n\n## f\n";
    const levels = read(text, false).blocks.map(({ headings }) => headings);
    expect(levels).toEqual(["2", "3", "3", "2", "3", "3"]);
    for (let length = 1; length <= text.length; length++) {
      const part = read(text.slice(0, length), true).blocks.map(({ headings }) => headings);
      expect(levels.slice(0, part.length).join("").startsWith(part.join(""))).toBe(true);
    }
  });

  it("parses only the end of a text that grows", () => {
    const document = new MarkdownDocument();
    const long = `${"A paragraph with a [link](https://example.com).\n\n".repeat(2_000)}The end`;
    document.read(long, true);
    const before = document.read(`${long} goes`, true).blocks;
    const after = document.read(`${long} goes on`, true).blocks;
    expect(after.slice(0, -1)).toEqual(before.slice(0, -1));
    expect(after.slice(0, -2).every(({ source }, index) => source === before[index]?.source)).toBe(
      true,
    );
  });
});
