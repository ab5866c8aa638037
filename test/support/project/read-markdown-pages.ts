import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { projectRoot } from "../../../scripts/lib/project-root.ts";

/** A Markdown file. `path` is relative to the project and has forward slashes. */
export interface MarkdownPage {
  readonly path: string;
  readonly text: string;
}

/** A fenced block of code. */
export interface CodeBlock {
  readonly language: string;
  /** The path in a first line like `// server/router.ts` or `# .gitignore`; null when there is none. */
  readonly file: string | null;
  readonly code: string;
  /** The number of its first line in the page, starting at 1. */
  readonly line: number;
}

/** Reads the project's Markdown files: those in `folder` and below, or only those in the root. */
export async function readMarkdownPages(folder = ""): Promise<MarkdownPage[]> {
  const names = await readdir(join(projectRoot, folder), { recursive: folder !== "" });
  const paths = names
    .filter((name) => name.endsWith(".md") && !name.includes("node_modules"))
    .map((name) => join(folder, name).replaceAll("\\", "/"))
    .toSorted();
  return await Promise.all(
    paths.map(async (path) => ({ path, text: await readFile(join(projectRoot, path), "utf8") })),
  );
}

export function codeBlocks(page: MarkdownPage): CodeBlock[] {
  return [...page.text.matchAll(/^```(\w*)\n([^]*?)^```$/gm)].map((match) => {
    const [, language = "", code = ""] = match;
    return {
      language,
      file:
        /^ ?(?:\/\/|#|<!--) ((?:[\w.@()[\]-]+\/)*[\w.[\]-]*\.\w+)(?: -->)?$/.exec(
          code.split("\n", 1)[0] ?? "",
        )?.[1] ?? null,
      code,
      line: page.text.slice(0, match.index).split("\n").length + 1,
    };
  });
}

/** Reads the block of a page that begins with `// file`, for a test that runs it. */
export async function readExample(path: string, file: string): Promise<string> {
  const page = { path, text: await readFile(join(projectRoot, path), "utf8") };
  const block = codeBlocks(page).find((candidate) => candidate.file === file);
  if (block === undefined) throw new Error(`${path} has no code block that begins with // ${file}`);
  return block.code;
}
