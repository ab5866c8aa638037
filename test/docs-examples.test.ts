import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { expect, it } from "vitest";

import { projectRoot } from "../scripts/lib/project-root.ts";
import { runCommand } from "../scripts/lib/run-command.ts";
import { appGuides } from "./support/guides/app-guides.ts";
import type { MarkdownPage } from "./support/project/read-markdown-pages.ts";
import { codeBlocks, readMarkdownPages } from "./support/project/read-markdown-pages.ts";

const readme = (await readMarkdownPages()).filter(({ path }) => path === "README.md");
const docs = await readMarkdownPages("docs");
const isGuide = ({ path }: MarkdownPage): boolean => !path.startsWith("docs/decisions/");

it.each([...readme, ...docs.filter(isGuide)])(
  "$path says what it is for, and begins with an example",
  (page) => {
    const [introduction = "", firstSection = ""] = page.text.split(/^## .*$/m);
    expect(introduction).toMatch(/^# .+\n\n[`\w]/);
    expect(introduction + firstSection).toContain("\n```");
    expect(codeBlocks(page).filter(({ language }) => /^tsx?$/.test(language))).not.toEqual([]);
  },
);

it("the TypeScript in README and docs compiles under strict", { timeout: 120_000 }, async () => {
  // The last page proves that an error is found at its line, and that the app of the examples is typed.
  const broken = [
    "# Broken",
    "```ts",
    'const chatId: number = "text";',
    "```",
    "```ts",
    "// server/chat.ts",
    'import { createChatRouter } from "node-llm-trpc/server";',
    'import { prisma } from "./prisma";',
    'import { protectedProcedure } from "./trpc";',
    "createChatRouter({ procedure: protectedProcedure, prisma });",
    "createChatRouter({ ...options, scope: ({ ctx }) => ({ userId: ctx.nobody.id }) });",
    "```",
  ];
  // What changes files of a whole app is checked in that app, by test/package/guides.test.ts.
  const pagesHere = docs.filter(({ path }) => !appGuides.includes(path));
  const pages = [...readme, ...pagesHere, { path: "docs/broken.md", text: broken.join("\n") }];
  expect(await typeErrors(pages)).toEqual([
    expect.stringMatching(/^docs\/broken\.md:10: error TS2345/),
    expect.stringMatching(/^docs\/broken\.md:11: error TS2339/),
    expect.stringMatching(/^docs\/broken\.md:3: error TS2322/),
  ]);
});

/**
 * Type-checks the code blocks of all pages together. Each page is a folder. Each block is a file, named by its first
 * line or by its position, with the same line numbers as in the page. Imports of files that the page does not have
 * resolve to `test/docs-app`.
 */
async function typeErrors(pages: readonly MarkdownPage[]): Promise<string[]> {
  await mkdir(join(projectRoot, ".cache"), { recursive: true });
  const folder = await mkdtemp(join(projectRoot, ".cache/docs-"));
  try {
    const app = join(projectRoot, "test/docs-app");
    const sources = new Map<string, string>();
    for (const page of pages) {
      for (const { language, file, code, line } of codeBlocks(page)) {
        if (!/^tsx?$/.test(language)) continue;
        const path = join(page.path.replace(/\.md$/, ""), file ?? `line-${line}.${language}`);
        expect(sources.has(path), `${page.path} writes ${file} twice.`).toBe(false);
        sources.set(path, page.path);
        await mkdir(join(folder, dirname(path)), { recursive: true });
        await writeFile(join(folder, path), "\n".repeat(line - 1) + code);
      }
    }
    const config = {
      extends: "../../tsconfig.json",
      compilerOptions: {
        incremental: false,
        plugins: [],
        moduleDetection: "force",
        rootDirs: [app, ...pages.map(({ path }) => `./${path.replace(/\.md$/, "")}`)],
        paths: {
          "node-llm-trpc/adapters/*": [join(projectRoot, "src/adapters/*.ts")],
          "node-llm-trpc/*": [join(projectRoot, "src/*/index.ts")],
          "@opentelemetry/api": [join(projectRoot, "test/support/fakes/fake-opentelemetry.ts")],
        },
      },
      include: ["**/*", join(app, "globals.d.ts")],
    };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
    const tsc = join(projectRoot, "node_modules/typescript/bin/tsc");
    const args = [tsc, "--project", folder, "--pretty", "false"];
    const { output } = await runCommand(process.execPath, args, { quiet: true });
    return output
      .split("\n")
      .filter((line) => /\berror TS\d+/.test(line))
      .map((line) => {
        const [, path = "", at = ""] = /^(.+?)\((\d+),\d+\): /.exec(line) ?? [];
        const page = sources.get(path.slice(path.indexOf("/docs-") + 1).replace(/^[^/]+\//, ""));
        return page === undefined ? line : `${page}:${at}: ${line.slice(line.indexOf("error"))}`;
      })
      .toSorted();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
