import { describe, expect, it } from "vitest";
import type { CodeNode } from "./highlighter.ts";
import { Highlighter, prepareLanguage } from "./highlighter.ts";
import { languageName } from "./languages.ts";

const samples: Readonly<Record<string, string>> = {
  typescript:
    'import { a } from "b";\n/* one\ntwo */\nexport class A<T> extends B {\n  x = `a\n${b + "c"}\n`; // why\n  get(): string {\n    return /a\\/b/.test(this.x) ? "1" : "2";\n  }\n}\n',
  python:
    'def f(a, b=1):\n    """Two\n    lines."""\n    return f"{a} {b}"\n\n\n@d\nclass A:\n    x = 1\n',
  css: "/* a\nb */\n.a > b:hover {\n  color: #fff;\n  margin: 0 1px;\n}\n@media (width < 10px) {\n  a { b: c }\n}\n",
  json: '{\n  "a": [1, true, null],\n  "b": "c"\n}\n',
  xml: '<!-- a\nb -->\n<p class="a">\n<style>\na { b: c }\n</style>\n<script>\nconst a = 1;\n</script>\n</p>\n',
  bash: '# a\nfor i in 1 2; do\n  echo "$i\n more"\ndone\n',
  sql: "SELECT a, 'b\nc' FROM d -- e\nWHERE f = 1;\n",
  markdown: "# a\n\n- **b**\n  c\n\n```js\nd\n```\n\n> e\n",
  yaml: "a: 1\nb:\n  - c\n  - |\n    d\n    e\nf: 'g'\n",
};

/** Each character with the names of what it is in. */
function flat(nodes: readonly CodeNode[], scopes = ""): string[] {
  return nodes.flatMap((node) =>
    typeof node === "string"
      ? node.split("").map((character) => `${character} ${scopes}`)
      : flat(node.children, `${scopes} ${node.scope}`),
  );
}

describe("Highlighter", () => {
  it.each(Object.keys(samples))(
    "colors %s that grows like code that is there at once",
    async (language) => {
      const code = samples[language] ?? "";
      await prepareLanguage(language);
      const growing = new Highlighter(language);
      for (let length = 0; length <= code.length; length++) {
        const part = code.slice(0, length);
        const once = flat(new Highlighter(language).read(part).flat());
        expect(flat(growing.read(part).flat())).toEqual(once);
        expect(once.map((character) => character[0]).join("")).toBe(part);
      }
      expect(flat(growing.read(code).flat()).some((character) => character.length > 2)).toBe(true);
    },
  );

  it("keeps finished chunks as they are", async () => {
    await prepareLanguage("json");
    const highlighter = new Highlighter("json");
    let code = "";
    let before: readonly unknown[] = [];
    for (let line = 0; line < 500; line++) {
      code += `  "key ${line}": ${line},\n`;
      const chunks = highlighter.read(code);
      for (const [index, chunk] of before.slice(0, -2).entries()) expect(chunks[index]).toBe(chunk);
      before = chunks;
    }
    expect(before.length).toBeGreaterThan(10);
  });

  it("keeps the colors of code that gets too long for more of them", async () => {
    await prepareLanguage("json");
    const highlighter = new Highlighter("json");
    let code = "";
    let before = 0;
    while (code.length < 60_000) {
      code += '  "key": 12,\n'.repeat(300);
      const characters = flat(highlighter.read(code).flat());
      expect(characters.map((character) => character[0]).join("")).toBe(code);
      const colored = characters.findLastIndex((character) => character.length > 2);
      expect(colored).toBeGreaterThanOrEqual(before);
      before = colored;
    }
    expect(before).toBeGreaterThan(49_980);
    expect(before).toBeLessThan(50_000);
  });

  it("does not cut a character in half", async () => {
    await prepareLanguage("json");
    for (const start of ["", " "]) {
      const nodes = new Highlighter("json").read(start + "😀".repeat(25_001)).flat();
      const texts = flat(
        nodes.map((node) => (typeof node === "string" ? node : node.children).at(-1) ?? ""),
      );
      expect(texts.filter((text) => /^[\uD800-\uDBFF]/.test(text))).toEqual([]);
    }
  });

  it("starts over when the code is replaced", async () => {
    await prepareLanguage("json");
    const highlighter = new Highlighter("json");
    highlighter.read('{\n  "a": 1\n}\n');
    expect(flat(highlighter.read("[]\n").flat())).toEqual(
      flat(new Highlighter("json").read("[]\n").flat()),
    );
  });
});

it.each([
  ["TS", "typescript"],
  ["c++", "cpp"],
  ["html", "xml"],
  ["json", "json"],
  ["klingon", null],
  ["constructor", null],
  ["", null],
])("languageName(%j) is %j", (name, language) => {
  expect(languageName(name)).toBe(language);
});
