import { readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";

import { projectRoot } from "../../../scripts/lib/project-root.ts";

/** @returns The paths of the source files in `src`, without tests, relative to the project: "src/orm/index.ts", … */
export async function sourceFiles(): Promise<string[]> {
  const entries = await readdir(join(projectRoot, "src"), { withFileTypes: true, recursive: true });
  return entries
    .filter(({ name }) => /\.tsx?$/.test(name) && !/\.test(-d)?\.tsx?$/.test(name))
    .map(({ name, parentPath }) => relative(projectRoot, join(parentPath, name)))
    .map((path) => path.replaceAll(sep, "/"));
}
