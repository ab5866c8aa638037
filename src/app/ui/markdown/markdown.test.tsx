import { cleanup, render } from "@testing-library/react";
import { renderToStaticMarkup } from "react-dom/server";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Markdown } from "./markdown.tsx";
import { MarkdownOptionsContext } from "./markdown-options.ts";
import { safeUrl } from "./safe-url.ts";

afterEach(cleanup);
// Hostile texts are long.
vi.setConfig({ testTimeout: 60_000 });

function show(text: string, isOpen = false): HTMLElement {
  return render(<Markdown text={text} isOpen={isOpen} isStreaming={false} />).container;
}

function linksIn(page: HTMLElement): (readonly [text: string | null, href: string | null])[] {
  return [...page.querySelectorAll("a")].map(
    (link) => [link.textContent, link.getAttribute("href")] as const,
  );
}

function textsOf(page: HTMLElement, selector: string): (string | null)[] {
  return [...page.querySelectorAll(selector)].map((element) => element.textContent);
}

describe("Markdown", () => {
  it("renders common Markdown", () => {
    const page = show(
      "## Title\n\nA **bold** `code` &amp; [link](https://example.com/a).\n\n- [x] done\n- item\n\n| a | b |\n|:-|-:|\n| 1 | x<br>y |\n\n```ts\nconst a = 1;\n```",
    );
    expect(textsOf(page, "h2")).toEqual(["Title"]);
    expect(page.querySelector("p")?.textContent).toBe("A bold code & link.");
    expect(linksIn(page)).toEqual([["link", "https://example.com/a"]]);
    expect(page.querySelectorAll("li")).toHaveLength(2);
    expect(page.querySelector("input")?.checked).toBe(true);
    expect(page.querySelector("td br")).not.toBeNull();
    expect(page.querySelector("pre code")?.textContent).toBe("const a = 1;");
  });

  it("renders hostile input as harmless text", () => {
    const page = show(
      [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "text <iframe src='https://evil.example'></iframe> text",
        "<kbd onclick=alert(1)>key</kbd> <b>bold</b>",
        "[a](javascript:alert(1)) [b](&#106;avascript:alert(1)) [c](data:text/html,x) [d](vbscript:x)",
        "![tracker](https://evil.example/pixel.png)",
        "[e](//evil.example) [f](/api/trpc/chat.delete)",
        "```html\n<script>alert(1)</script>\n```",
      ].join("\n\n"),
    );
    expect(page.querySelector("script, img, iframe, style, form, [onclick], [style]")).toBeNull();
    expect(linksIn(page)).toEqual([["tracker", "https://evil.example/pixel.png"]]);
    expect(page.textContent).toContain("<script>alert(1)</script>");
    expect(page.querySelector("b")?.textContent).toBe("bold");
    expect(page.innerHTML).not.toContain("javascript:");
  });

  it("loads an image only if the app allows its address", () => {
    const text = "![cat](https://cats.example/a.png) ![dog](https://dogs.example/b.png)";
    const options = {
      toHref: safeUrl,
      canLoadImage: (address: string) => address.startsWith("https://cats.example/"),
    };
    const { container } = render(
      <MarkdownOptionsContext value={options}>
        <Markdown text={text} isOpen={false} isStreaming={false} />
      </MarkdownOptionsContext>,
    );
    expect([...container.querySelectorAll("img")].map(({ src, alt }) => [src, alt])).toEqual([
      ["https://cats.example/a.png", "cat"],
    ]);
    expect(linksIn(container)).toEqual([["dog", "https://dogs.example/b.png"]]);
  });

  it("finds the definitions of links in other blocks, also later ones", () => {
    const page = show(
      'See [the guide][1] and [the spec].\n\nMore text.\n\n[1]: https://example.com/guide\n[the spec]: https://example.com/spec "Spec"',
    );
    expect(linksIn(page)).toEqual([
      ["the guide", "https://example.com/guide"],
      ["the spec", "https://example.com/spec"],
    ]);
    expect(page.textContent).not.toContain("[1]");
  });

  it("leads from a reference to its footnote and back", () => {
    const page = show(
      "A claim[^a] and[^b], again[^a].\n\nMore.\n\n[^b]: Second.\n[^a]: The source.",
    );
    expect(textsOf(page, "sup")).toEqual(["1", "2", "1"]);
    const notes = [...page.querySelectorAll("section li")];
    expect(notes.map((note) => note.textContent)).toEqual(["The source.↩", "Second.↩"]);
    expect(page.querySelector("sup a")?.getAttribute("href")).toBe(`#${notes[0]?.id}`);
    page.querySelector<HTMLElement>("sup a")?.click();
    expect(document.activeElement).toBe(notes[0]);
    notes[0]?.querySelector<HTMLElement>("a")?.click();
    expect(document.activeElement).toBe(page.querySelector("sup a"));
    expect(show("No note[^x].").textContent).toBe("No note[^x].");
  });

  it("ends addresses and emphasis where Chinese, Japanese and Korean do", () => {
    for (const text of [
      "詳しくはhttps://example.com/aを見てください。",
      "请访问 https://example.com/a，然后登录。",
      "https://example.com/a에서",
      "(https://example.com/a)",
      "**https://example.com/a**.",
    ]) {
      expect(linksIn(show(text))).toEqual([["https://example.com/a", "https://example.com/a"]]);
    }
    const page = show("这是**“强调”**的文字。これは**「強調」**です。");
    expect(textsOf(page, "strong")).toEqual(["“强调”", "「強調」"]);
    expect(page.textContent).not.toContain("*");
  });

  it("keeps the source of formulas as it is, and knows money", () => {
    const page = show(
      "If \\(a^2 + b^2 = c^2\\) then \\(\\frac{1}{2}\\,x\\) and $e^{i\\pi}$.\n\n\\[\n\\sum_{i=1}^{n} i = \\frac{n(n+1)}{2}\n\\]\n\n$$\na_1 * b_1 * c_1\n$$\n\n```math\nx^2\n```",
    );
    expect(textsOf(page, "[data-formula]")).toEqual([
      "a^2 + b^2 = c^2",
      "\\frac{1}{2}\\,x",
      "e^{i\\pi}",
      "\\sum_{i=1}^{n} i = \\frac{n(n+1)}{2}",
      "a_1 * b_1 * c_1",
      "x^2",
    ]);
    expect(textsOf(page, "[data-formula=display]")).toHaveLength(3);
    expect(page.querySelector("em")).toBeNull();
    for (const text of [
      "It costs $5 today and $10 tomorrow.",
      "From $5-$10, or 5$ and 10$.",
      "Set $HOME and $PATH, or $HOME/$USER.",
      "US$5 and CA$6, \\$x\\$ and `$x$`.",
      "\\[not math\\] and \\(\\)",
    ]) {
      expect(show(text).querySelector("[data-formula]")).toBeNull();
    }
  });

  it("lets each text choose its own direction", () => {
    const page = show(
      "مرحبا! `npm start`.\n\nEnglish.\n\n- עברית\n\n> مرحبا\n\n# مرحبا\n\n| مرحبا |\n|-|\n| a |",
    );
    const blocks = [...page.querySelectorAll<HTMLElement>("p, ul, blockquote, h2, table")];
    const ownDirection = blocks.filter((block) => block.parentElement?.tagName !== "BLOCKQUOTE");
    expect(ownDirection.map(({ dir }) => dir)).toEqual([
      "auto",
      "auto",
      "rtl",
      "rtl",
      "auto",
      "rtl",
    ]);
    expect(page.querySelector("code")?.dir).toBe("ltr");
  });

  it("shows alerts, and quotes that only look like one", () => {
    const page = show("> [!WARNING]\n> Mind the *gap*.\n\n> [!NOTHING]\n> Text");
    const alert = page.querySelector("[data-alert=warning]");
    expect(alert?.textContent).toBe("WarningMind the gap.");
    expect(alert?.querySelector("em")).not.toBeNull();
    expect(page.querySelector("blockquote")?.textContent).toBe("[!NOTHING]\nText");
  });

  it("skips no level of headings", () => {
    const page = show("### First\n\n##### Below\n\n## Second\n\n> #### Quoted");
    expect([...page.querySelectorAll("h2, h3, h4, h5, h6")].map(({ tagName }) => tagName)).toEqual([
      "H2",
      "H3",
      "H2",
      "H3",
    ]);
  });

  it("omits an empty table header", () => {
    const page = show("|  |  |\n|---|---|\n| a | b |");
    expect(page.querySelectorAll("td")).toHaveLength(2);
    expect(page.querySelector("thead")).toBeNull();
  });

  it("gives an alert the direction of its text, and HTML that of its own", () => {
    const page = show("> [!NOTE]\n> مرحبا\n\n> [!TIP]\n> Text, מילה\n\n<div>مرحبا</div>");
    expect([...page.querySelectorAll<HTMLElement>("[data-alert]")].map(({ dir }) => dir)).toEqual([
      "rtl",
      "ltr",
    ]);
    const paragraphs = [...page.querySelectorAll("p")];
    expect(paragraphs.find((one) => one.textContent.includes("<div>"))?.dir).toBe("auto");
  });

  it("shows a caret after the last word while the text streams, or below what has no words", () => {
    for (const text of [
      "A word",
      "- a\n- b",
      "| a |\n|-|\n| b",
      "```ts\ncode",
      "> quote",
      " \n",
      "Text\n\n---\n",
      "> Text\n>\n> ---\n",
      "- ",
      "\\[\na^2\n\\]\n",
      "$$\na^2",
      "```math\na^2\n```\n\n",
      "```math\na^2",
      "<div>HTML</div>",
      "> [!NOTE]",
      "> [!NOTE]\n> Mind",
      "> [!NOTE]\n> Mind\n>\n> the gap",
      "|  |\n|-|\n",
      "[1]: https://example.com",
      "[^1]: A note",
    ]) {
      const html = renderToStaticMarkup(<Markdown text={text} isOpen isStreaming />);
      expect(html.split("data-caret"), text).toHaveLength(2);
      // Footnotes stand below the text.
      const after = html.replace(/^.*data-caret/s, "").replace(/<section.*/s, "");
      expect(after.replaceAll(/<[^>]*>|[^<]*>/g, ""), text).toBe("");
    }
  });
});

/** How often at most the parser looks at a character, for each character of the text and each element of its HTML. */
const maxSteps = 200;
/** How many cells at most a row of a table gets that the text does not have, in all. */
const maxCells = 65_536;
/** Of CPU time, for the faster of two renderings. The slowest text takes half of it on a slow machine. */
const maxMilliseconds = 1_000;

/** Counts how often a character of a text is looked at. */
function countSteps<Result>(task: () => Result): {
  readonly result: Result;
  readonly steps: number;
} {
  const prototype: object = String.prototype;
  const own = Object.getOwnPropertyDescriptor(prototype, "charCodeAt");
  const charCodeAt: unknown = own?.value;
  if (own === undefined || typeof charCodeAt !== "function") throw new Error("It is a method.");
  let steps = 0;
  Object.defineProperty(prototype, "charCodeAt", {
    ...own,
    value(this: string, index: number): unknown {
      steps++;
      return Reflect.apply(charCodeAt, this, [index]);
    },
  });
  try {
    const result = task();
    return { result, steps };
  } finally {
    Object.defineProperty(prototype, "charCodeAt", own);
  }
}

const nested = (levels: number, line: (level: number) => string): string =>
  Array.from({ length: levels }, (_, level) => line(level)).join("\n");

describe("hostile Markdown", () => {
  it.each([
    ["quotes", `${">".repeat(5_000)} deep`],
    ["spaced quotes", `${"> ".repeat(5_000)} deep`],
    ["lists", `${nested(2_000, (level) => `${"  ".repeat(level)}- item`)} deep`],
    ["numbered lists", `${nested(500, (level) => `${"   ".repeat(level)}1. item`)} deep`],
    ["lists on one line", `${"- ".repeat(2_000)}deep`],
    ["lists in quotes", `${"> - ".repeat(2_000)}deep`],
    ["footnotes in quotes", `${"> ".repeat(500)}[^a]: deep`],
    ["emphasis", `${"*a **a ".repeat(2_000)}deep${" a** a*".repeat(2_000)}`],
    ["struck text", `${"~~a ".repeat(2_000)}deep`],
    ["HTML", `${"<b>a".repeat(2_000)}deep`],
    ["brackets", `${"[".repeat(5_000)}deep${"]".repeat(5_000)}`],
    ["open links", `deep ${"[a](<b".repeat(2_000)}`],
    ["open images", `${"![a](b".repeat(2_000)} deep`],
    ["formulas", `${"$a ".repeat(3_000)}\\(${"\\[a ".repeat(3_000)} deep`],
    ["open formulas", `${"\\[\n".repeat(3_000)}deep`],
    ["backticks", `${nested(300, (level) => `e${"`".repeat(level)}`)} deep`],
    ["entities", `${"&".repeat(5_000)} deep`],
    ["addresses", `${"https://a".repeat(2_000)} deep ${"www.".repeat(2_000)}`],
    ["e-mail", `deep ${"a@".repeat(5_000)} ${"a.".repeat(5_000)}@`],
    ["footnotes", `${nested(1_000, (level) => `[^${level}]: a[^${level + 1}]`)} deep`],
    ["tables", `${"|a".repeat(300)}|\n${"|-".repeat(300)}|\n${"|a\n".repeat(50)}deep`],
    ["carriage returns", `${"aaa\rbbb\n-\v\n".repeat(500)}deep`],
  ])("%s are shown in steps that grow with the text, not too deep, and soon", (_name, text) => {
    const times = [true, false].map((isOpen) => {
      const before = process.cpuUsage();
      const { result: html, steps } = countSteps(() =>
        renderToStaticMarkup(<Markdown text={text} isOpen={isOpen} isStreaming={false} />),
      );
      // Of this process alone, whatever else the machine does.
      const milliseconds = process.cpuUsage(before).user / 1_000;
      const elements = html.match(/<[a-z]/g)?.length ?? 0;
      expect(html.includes("deep")).toBe(true);
      expect(depthOf(html)).toBeLessThan(100);
      expect(elements).toBeLessThan(2 * text.length + maxCells);
      expect(steps).toBeLessThan(maxSteps * (text.length + elements));
      return milliseconds;
    });
    expect(Math.min(...times)).toBeLessThan(maxMilliseconds);
  });

  it("never throws on odd input", () => {
    for (const text of [
      "",
      "\n",
      "|",
      "```",
      "[",
      "![](",
      "> > >",
      "\u0000&#0;&#x110000;",
      "$",
      "\\[",
    ]) {
      for (const isOpen of [true, false]) expect(() => show(text, isOpen)).not.toThrow();
    }
  });
});

function depthOf(html: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [, slash, name = ""] of html.matchAll(/<(\/?)([a-z\d]+)[^>]*>/g)) {
    if (/^(?:br|hr|img|input)$/.test(name)) continue;
    depth += slash === "/" ? -1 : 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}
