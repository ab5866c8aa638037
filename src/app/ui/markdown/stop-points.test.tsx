import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it } from "vitest";
import { everyConstruct } from "../../../../test/support/markdown/every-construct.ts";
import { Markdown } from "./markdown.tsx";

interface Shown {
  readonly text: string;
  /** For each character of the text, one that stands for the elements that give it its look. */
  readonly styles: string;
}

/** Links are not among them, because they become links when they are complete. */
const looks = /^(?:blockquote|code|del|em|h[2-6]|kbd|li|ol|pre|strong|sub|sup|table|th|ul)$/;

/** What is no part of the text: a code block's caption, icons, and the way back from a footnote. */
const apart = /<figcaption.*?<\/figcaption>|<svg.*?<\/svg>|<a [^>]*aria-label="Back.*?<\/a>/g;

const styleNames: string[] = [];

function styleOf(path: string): string {
  if (!styleNames.includes(path)) styleNames.push(path);
  return String.fromCodePoint(0x100 + styleNames.indexOf(path));
}

function show(text: string, isOpen: boolean): Shown {
  const html = renderToStaticMarkup(<Markdown text={text} isOpen={isOpen} isStreaming={false} />);
  const open: string[] = [];
  let styles = "";
  let shown = "";
  for (const [, slash, tag, content] of html
    .replaceAll(apart, "")
    .matchAll(/<(\/?)([a-z\d]+)[^>]*>|([^<]+)/g)) {
    if (tag !== undefined && looks.test(tag)) {
      if (slash === "/") open.pop();
      else open.push(tag);
    }
    const visible = content?.replaceAll(/\s+/g, "") ?? "";
    shown += visible;
    styles += styleOf(open.join(" ")).repeat(visible.length);
  }
  return { text: shown, styles };
}

describe("a text that stops at any character", () => {
  it("shows no markup, only the start of what the whole text shows, in the same style", () => {
    const whole = show(everyConstruct, false);
    let before = "";
    for (let length = 1; length <= everyConstruct.length; length++) {
      const { text, styles } = show(everyConstruct.slice(0, length), true);
      const end = everyConstruct.slice(Math.max(0, length - 60), length);
      expect(whole.text.startsWith(text) ? "" : text.slice(-40), end).toBe("");
      expect(whole.styles.startsWith(styles), end).toBe(true);
      expect(text.startsWith(before), end).toBe(true);
      before = text;
    }
    expect(before).toBe(whole.text);
    // A few thousand texts are rendered.
  }, 60_000);

  it.each([
    ["Read the [links](https://example.com/", "Read the links"],
    ['Read the [links](https://example.com/a_(b) "Ti', "Read the links"],
    ["Read the [links][gui", "Read the links"],
    ["Read the [lin", "Read the lin"],
    ["See ![an image](https://exa", "See an image"],
    ["**bold *both", "bold both"],
    ["a ~~struck", "a struck"],
    ["`co", "co"],
    ["``a ` b`", "a ` b"],
    ["\\", ""],
    ["# ", ""],
    ["Text\n===", "Text"],
    ["Text\n\n- ", "Text"],
    ["A claim[^", "A claim"],
    ["Tom &am", "Tom "],
    ["2*3 and a_b_c and 5 * 4 *", "2*3 and a_b_c and 5 * 4 "],
    ["It costs $5 today and $1", "It costs $5 today and $1"],
    ["array[0", "array[0"],
  ])("%j is shown as %j", (text, shown) => {
    const html = renderToStaticMarkup(<Markdown text={text} isOpen isStreaming={false} />);
    expect(html.replaceAll(/<[^>]+>/g, "").replaceAll("&amp;", "&")).toBe(shown);
  });
});
