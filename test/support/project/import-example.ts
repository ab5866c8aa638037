import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";

import { projectRoot } from "../../../scripts/lib/project-root.ts";
import { readExample } from "./read-markdown-pages.ts";

/**
 * Imports an example of the documentation: the code block of a page that begins with `// file`.
 *
 * @param standIns For packages that the example imports, the file to import instead.
 * @returns The example's exports; the caller says which type they have.
 */
export async function importExample<Exports>(
  page: string,
  file: string,
  standIns: Readonly<Record<string, string>> = {},
): Promise<Exports> {
  return await importCode(await readExample(page, file), file, standIns);
}

/** The TypeScript configuration, which has paths for our own entries, does not apply where examples are run. */
export function replaceImports(
  code: string,
  standIns: Readonly<Record<string, string>> = {},
): string {
  return code.replaceAll(/(?<=from )"([^"]+)"/g, (quoted, name: string) => {
    const ours = /^node-llm-trpc\/(\w+)$/.exec(name)?.[1];
    const replaced = ours === undefined ? standIns[name] : `src/${ours}/index.ts`;
    return replaced === undefined ? quoted : JSON.stringify(join(projectRoot, replaced));
  });
}

/** Imports a module of an app from its code, as `importExample` does. */
export async function importCode<Exports>(
  code: string,
  file: string,
  standIns: Readonly<Record<string, string>>,
): Promise<Exports> {
  await mkdir(join(projectRoot, ".cache"), { recursive: true });
  const folder = await mkdtemp(join(projectRoot, ".cache/example-"));
  try {
    const path = join(folder, basename(file));
    await writeFile(path, replaceImports(code, standIns));
    // `Exports` comes from the caller, who has read the code.
    return (await import(path)) as Exports;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
