import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";

/** The environment together with the project's .env files, as an app would see it. */
export function readEnvironment(
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | undefined>> {
  return { ...readFile(join(cwd, ".env")), ...readFile(join(cwd, ".env.local")), ...env };
}

function readFile(path: string): Record<string, string | undefined> {
  try {
    return { ...parseEnv(readFileSync(path, "utf8")) };
  } catch {
    return {};
  }
}

/** A variable's value; null when it is not set or blank. */
export function readVariable(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
): string | null {
  const value = env[name]?.trim() ?? "";
  return value === "" ? null : value;
}
