import { readFileSync } from "node:fs";
import { join } from "node:path";

import { CliError } from "./cli-error.ts";

/** The project's package.json; empty when there is none. */
export function readPackageJson(cwd: string): Readonly<Record<string, unknown>> {
  let text: string;
  try {
    text = readFileSync(join(cwd, "package.json"), "utf8");
  } catch {
    return {};
  }
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch (error) {
    throw new CliError(`package.json cannot be read: ${String(error)}`);
  }
}

/** The names of all packages that the project asks for. */
export function readDependencies(cwd: string): ReadonlySet<string> {
  const manifest = readPackageJson(cwd);
  const names = ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"];
  return new Set(names.flatMap((name) => Object.keys(Object(manifest[name]))));
}
