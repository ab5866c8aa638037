import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";

import type { Environment } from "./cli-io.ts";

/** Merges the environment with the project's .env files, as an app would see it. */
export function readEnvironment(cwd: string, env: Environment): Environment {
  return { ...readEnvFile(join(cwd, ".env")), ...readEnvFile(join(cwd, ".env.local")), ...env };
}

function readEnvFile(path: string): Environment {
  try {
    return { ...parseEnv(readFileSync(path, "utf8")) };
  } catch {
    return {};
  }
}

/** Returns a variable's value, or null when it is unset or blank. */
export function readVariable(env: Environment, name: string): string | null {
  const value = env[name]?.trim() ?? "";
  return value === "" ? null : value;
}
