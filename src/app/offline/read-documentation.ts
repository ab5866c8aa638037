import { readdir, readFile } from "node:fs/promises";
import { join, sep } from "node:path";
import type { Passage } from "./passage.ts";
import { splitMarkdown } from "./split-markdown.ts";

/**
 * Reads the package's documentation: the README and every Markdown file in `docs`, but not why things were decided,
 * which answers no question of a user. Files that don't exist are skipped.
 *
 * @param root the folder of the package
 * @param onRead called after each document
 */
export async function readDocumentation(
  root: string,
  onRead: (progress: { read: number; documents: number }) => void = () => undefined,
): Promise<Passage[]> {
  const paths = ["README.md", ...(await markdownFiles(root))];
  let read = 0;
  const passages = await Promise.all(
    paths.map(async (path) => {
      const text = await readIfExists(join(/* turbopackIgnore: true */ root, path));
      const sections = text === null ? [] : splitMarkdown(path, text);
      onRead({ read: ++read, documents: paths.length });
      return sections;
    }),
  );
  return passages.flat();
}

async function markdownFiles(root: string): Promise<string[]> {
  try {
    const names = await readdir(join(/* turbopackIgnore: true */ root, "docs"), {
      recursive: true,
    });
    return names
      .filter((name) => name.endsWith(".md") && !name.startsWith("decisions"))
      .map((name) => `docs/${name.split(sep).join("/")}`)
      .toSorted();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function readIfExists(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
