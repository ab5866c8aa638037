import { readFileSync } from "node:fs";
import { join } from "node:path";

import { CliError } from "./cli-error.ts";

/** Reads the package.json in a folder. Returns an empty object when there is none. */
export function readPackageJson(folder: string): Readonly<Record<string, unknown>> {
  const path = join(folder, "package.json");
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return {};
  }
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch (error) {
    throw new CliError(`${path} is not valid JSON. Fix it and try again. (${String(error)})`);
  }
}

/** Lists the names of all packages that the project depends on. */
export function readDependencies(cwd: string): ReadonlySet<string> {
  const manifest = readPackageJson(cwd);
  const names = ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"];
  return new Set(names.flatMap((name) => Object.keys(Object(manifest[name]))));
}
