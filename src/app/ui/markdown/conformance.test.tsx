import { cleanup, render } from "@testing-library/react";
import spec from "commonmark-spec";
import { afterEach, describe, expect, it, vi } from "vitest";
import gfm from "../../../../test/fixtures/gfm-extensions.json";
import { MarkdownOptionsContext } from "./markdown-options.ts";
import { Markdown } from "./markdown.tsx";

interface Example {
  readonly number: number;
  readonly section: string;
  readonly markdown: string;
  readonly html: string;
}

const withTabs = ({ markdown, html, ...example }: Example): Example => ({
  ...example,
  markdown: markdown.replaceAll("→", "\t"),
  html: html.replaceAll("→", "\t"),
});

afterEach(cleanup);
// Hundreds of examples are rendered.
vi.setConfig({ testTimeout: 60_000 });

function rendered(markdown: string): string {
  const { container } = render(
    <MarkdownOptionsContext value={{ toHref: (address) => address, canLoadImage: () => true }}>
      <Markdown text={markdown} isOpen={false} isStreaming={false} />
    </MarkdownOptionsContext>,
  );
  return canonical(container);
}

function expected(html: string): string {
  const container = document.createElement("div");
  container.innerHTML = html;
  return canonical(container);
}

const blocks = /^(?:p|h\d|ul|ol|li|blockquote|pre|hr|table|thead|tbody|tr|th|td|div)$/;

/** The elements and texts that a reader can tell apart, without the demo's wrappers, classes and ids. */
function canonical(node: Node): string {
  if (node.nodeType === 3) return node.textContent ?? "";
  if (!(node instanceof Element)) return "";
  const tag = node.tagName.toLowerCase();
  const inner = [...node.childNodes].map(canonical).join("");
  switch (tag) {
    case "svg":
    case "figcaption":
      return "";
    case "figure":
    case "section":
    case "div":
    case "span":
      return inner;
    case "pre":
      return `<pre ${languageOf(node)}>${(node.textContent ?? "").replace(/\n$/, "")}</pre>\n`;
    case "code":
      return `<code>${node.textContent}</code>`;
    default: {
      const level = /^h\d$/.test(tag) ? depthOf(node, tag) : tag;
      const text = blocks.test(tag) ? inner.trim() : inner;
      return `<${level}${attributesOf(node)}>${text}</${level}>${blocks.test(tag) ? "\n" : ""}`;
    }
  }
}

/** The demo's headings get their level from those before them, and their size from the source. */
function depthOf(node: Element, tag: string): string {
  const sizes = ["text-xl", "text-lg", "text-base", "text-[15px]"];
  const size = sizes.findIndex((name) => node.className.includes(` ${name}`));
  return `h${Math.min(size < 0 ? Number(tag.slice(1)) : size + 1, 4)}`;
}

function languageOf(pre: Element): string {
  const caption = pre.closest("figure")?.querySelector("figcaption")?.dataset["language"];
  const name = /language-(\S+)/.exec(pre.querySelector("code")?.className ?? "")?.[1];
  return caption ?? name ?? "text";
}

function attributesOf(node: Element): string {
  const names = ["href", "title", "src", "alt", "start", "type"];
  const values = names.flatMap((name) => {
    const value = node.getAttribute(name);
    return value === null || (name === "start" && value === "1") ? [] : [`${name}=${value}`];
  });
  if (node.hasAttribute("checked") || (node instanceof HTMLInputElement && node.checked)) {
    values.push("checked");
  }
  const align =
    node.getAttribute("align") ?? /\btext-(left|center|right)\b/.exec(node.className)?.[1];
  if (align !== undefined && align !== null) values.push(`align=${align}`);
  return values.map((value) => ` ${value}`).join("");
}

function normalized(text: string): string {
  return text
    .replaceAll(/\s+/g, " ")
    .replaceAll(
      / ?(<\/?(?:p|h\d|ul|ol|li|blockquote|pre|hr|br|input|table|thead|tbody|tr|th|td)\b[^>]*>) ?/g,
      "$1",
    )
    .trim();
}

/** The numbers of the examples that are rendered differently. */
function differences(examples: readonly Example[]): number[] {
  return examples
    .filter(({ markdown, html }) => normalized(rendered(markdown)) !== normalized(expected(html)))
    .map(({ number }) => number);
}

/** HTML is shown as text, but for plain inline tags without attributes: nothing a model writes becomes an element. */
const htmlIsText = [
  21, 31, 148, 149, 150, 151, 152, 153, 154, 155, 156, 157, 158, 159, 160, 161, 162, 163, 164, 165,
  166, 167, 169, 170, 171, 172, 173, 174, 175, 176, 177, 178, 179, 180, 181, 182, 183, 184, 185,
  186, 187, 188, 189, 190, 191, 201, 308, 309, 344, 475, 476, 477, 491, 494, 524, 536, 613, 614,
  615, 616, 617, 623, 625, 626, 627, 628, 629, 630, 631, 642, 643,
];

/** Bare addresses are links as in GFM, which CommonMark alone does not have. */
const bareAddresses = [602, 608, 611, 612];

/** Links to `ftp:` are not made, as nothing but the web and e-mail is known to be safe. */
const unsafeSchemes = [628];

/** GFM's own example of HTML. */
const gfmHtml = [653];

function sorted(numbers: readonly number[]): readonly number[] {
  return numbers.toSorted((one, other) => one - other);
}

describe("the examples of the specifications", () => {
  it("are rendered as CommonMark says, with the listed differences", () => {
    expect(spec.tests.length).toBeGreaterThan(600);
    expect(differences(spec.tests.map(withTabs))).toEqual(
      sorted([...htmlIsText, ...bareAddresses]),
    );
  });

  it("are rendered as GFM says, with the listed differences", () => {
    expect(gfm.examples.length).toBeGreaterThan(20);
    expect(differences(gfm.examples)).toEqual(sorted([...unsafeSchemes, ...gfmHtml]));
  });

  it("show HTML as text, whole", () => {
    for (const { number, markdown } of spec.tests.map(withTabs)) {
      if (!htmlIsText.includes(number)) continue;
      const { container } = render(<Markdown text={markdown} isOpen={false} isStreaming={false} />);
      for (const [tag] of markdown.matchAll(/<[a-z/!?][^<>]*>/gi)) {
        expect(container.textContent?.replaceAll(/\s+/g, " ")).toContain(
          tag.replaceAll(/\s+/g, " "),
        );
      }
    }
  });
});
