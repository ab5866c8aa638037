import { mkdir, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";

import { projectRoot } from "../../../scripts/lib/project-root.ts";

/** Links packages of this project into the `node_modules` of another one, so that no network is needed. */
export async function linkPackages(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const link = join(folder, "node_modules", name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(projectRoot, "node_modules", name), link, "junction");
  }
}
