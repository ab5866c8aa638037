import { render } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { Markdown } from "./markdown.tsx";

function show(text: string, isStreaming = false): HTMLElement {
  return render(<Markdown text={text} isStreaming={isStreaming} />).container;
}

describe("Markdown", () => {
  it("renders common Markdown", () => {
    const page = show(
      "## Title\n\nA **bold** `code` &amp; [link](https://example.com/a).\n\n- [x] done\n- item\n\n| a | b |\n|:-|-:|\n| 1 | x<br>y |\n\n```ts\nconst a = 1;\n```",
    );
    expect(page.querySelector("h3")?.textContent).toBe("Title");
    expect(page.querySelector("p")?.textContent).toBe("A bold code & link.");
    expect(page.querySelector("a")?.getAttribute("href")).toBe("https://example.com/a");
    expect(page.querySelectorAll("li")).toHaveLength(2);
    expect(page.querySelector("td br")).not.toBeNull();
    expect(page.querySelector("pre code")?.textContent).toBe("const a = 1;");
  });

  it("renders hostile input as harmless text", () => {
    const page = show(
      [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "text <iframe src='https://evil.example'></iframe> text",
        "[a](javascript:alert(1)) [b](&#106;avascript:alert(1)) [c](data:text/html,x) [d](vbscript:x)",
        "![tracker](https://evil.example/pixel.png)",
        "[e](//evil.example) [f](/api/trpc/chat.delete)",
        "```html\n<script>alert(1)</script>\n```",
      ].join("\n\n"),
    );
    expect(page.querySelector("script, img, iframe, style, form")).toBeNull();
    expect([...page.querySelectorAll("a")].map((link) => link.href)).toEqual([
      "https://evil.example/pixel.png",
    ]);
    expect(page.textContent).toContain("<script>alert(1)</script>");
    expect(page.innerHTML).not.toContain("javascript:");
  });

  it("omits an empty table header", () => {
    const page = show("|  |  |\n|---|---|\n| a | b |");
    expect(page.querySelectorAll("td")).toHaveLength(2);
    expect(page.querySelector("thead")).toBeNull();
  });

  it("closes open markup while the text streams", () => {
    const page = show("A **bold te", true);
    expect(page.querySelector("strong")?.textContent).toBe("bold te");
    expect(page.textContent).toBe("A bold te");
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
      "- ".repeat(500),
      "*".repeat(2_000),
      "\u0000&#0;&#x110000;",
    ]) {
      expect(() => show(text, true)).not.toThrow();
      expect(() => show(text)).not.toThrow();
    }
  });
});
