import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/**
 * Finds the folder of a package that is installed in the project, or null.
 * Unlike `require.resolve`, it does not depend on what the package exports.
 */
export function findPackage(cwd: string, name: string): string | null {
  const folders = createRequire(join(cwd, "package.json")).resolve.paths(name) ?? [];
  const found = folders.find((folder) => existsSync(join(folder, name, "package.json")));
  return found === undefined ? null : join(found, name);
}

/** Resolves an import specifier from the project, or returns null when it is not installed. */
export function resolveFrom(cwd: string, specifier: string): string | null {
  try {
    return createRequire(join(cwd, "package.json")).resolve(specifier);
  } catch {
    return null;
  }
}
