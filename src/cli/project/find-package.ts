import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/** The file that a package's name leads to, seen from the project; null when it is not installed. */
export function resolveFrom(cwd: string, specifier: string): string | null {
  try {
    return createRequire(join(cwd, "package.json")).resolve(specifier);
  } catch {
    return null;
  }
}

/** The folder of an installed package, whatever it exports; null when it is not installed. */
export function findPackage(cwd: string, name: string): string | null {
  const folders = createRequire(join(cwd, "package.json")).resolve.paths(name) ?? [];
  const found = folders.find((folder) => existsSync(join(folder, name, "package.json")));
  return found === undefined ? null : join(found, name);
}
