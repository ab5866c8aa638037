import { existsSync } from "node:fs";
import { join, posix } from "node:path";

import { expect, it } from "vitest";

import { projectRoot } from "../scripts/lib/project-root.ts";
import type { MarkdownPage } from "./support/project/read-markdown-pages.ts";
import { readMarkdownPages } from "./support/project/read-markdown-pages.ts";

const folders = ["", "docs", "src", "bench"];
const pages = (await Promise.all(folders.map(readMarkdownPages))).flat();
const headings = new Map(pages.map((page) => [page.path, new Set(headingIds(page))]));

it.each(pages)("the links and paths in $path exist", (page) => {
  expect(deadLinks(page)).toEqual([]);
});

it("finds a broken link and a missing path", () => {
  const text = "[a](router.md#nothing) [b](nothing.md) [c](#here) `src/nothing.ts`\n## Here";
  const dead = ["router.md#nothing", "nothing.md", "src/nothing.ts"];
  expect(deadLinks({ path: "docs/page.md", text })).toEqual(dead);
});

/** Finds links within the project, and paths in backticks, that do not exist. */
function deadLinks({ path, text }: MarkdownPage): string[] {
  const prose = withoutCode(text);
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
  const dead = links.filter((target) => {
    if (/^\w+:/.test(target)) return false;
    const [file = "", id] = target.split("#");
    const linked = file === "" ? path : posix.join(posix.dirname(path), file);
    if (!existsSync(join(projectRoot, linked)) && linked !== path) return true;
    const ids = linked === path ? new Set(headingIds({ path, text })) : headings.get(linked);
    return id !== undefined && ids?.has(id) !== true;
  });
  const named = [...prose.matchAll(/`((?:src|test|e2e|bench|scripts|docs)\/[\w/.-]+\.\w+)`/g)];
  const missing = named
    .map(([, file = ""]) => file)
    .filter((file) => !existsSync(join(projectRoot, file)));
  return [...dead, ...missing];
}

/** Returns the ids that GitHub gives to headings. */
function headingIds({ text }: MarkdownPage): string[] {
  return [...withoutCode(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

function withoutCode(text: string): string {
  return text.replaceAll(/^```[^]*?^```$/gm, "");
}
