import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

import { CliError } from "../project/cli-error.ts";
import { maskComments } from "./mask-comments.ts";

export interface PrismaConfig {
  readonly path: string;
  /** The path relative to the project, for messages. */
  readonly label: string;
  /** The absolute path of the schema file or folder, or null when the config does not set it. */
  readonly schema: string | null;
  readonly hasDatasource: boolean;
  /** The name of the variable that the datasource's URL is read from, or null when it is not clear. */
  readonly urlVariable: string | null;
  /** The URL that the config falls back to when that variable is not set. */
  readonly fallbackUrl: string | null;
  /** The absolute path of the folder with the migrations, or null when the config does not set it. */
  readonly migrations: string | null;
  /** The file's text without its comments. */
  readonly code: string;
}

const extensions = [".ts", ".mts", ".cts", ".js", ".mjs", ".cjs"];

/** The paths that Prisma 7 looks at, in its order. */
const candidates = [
  "prisma7.config",
  join(".config", "prisma7"),
  "prisma.config",
  join(".config", "prisma"),
  join(".config", "prisma.config"),
].flatMap((name) => extensions.map((extension) => name + extension));

/** Reads the needed settings of a project's Prisma config without running it. Returns null when there is none. */
export function readPrismaConfig(cwd: string): PrismaConfig | null {
  const path = candidates.map((name) => resolve(cwd, name)).find((name) => existsSync(name));
  if (path === undefined) return null;
  const label = relative(cwd, path);
  const code = maskComments(readFileSync(path, "utf8"));
  const urlVariable = readUrlVariable(code);
  const fallback = new RegExp(
    `\\b${urlVariable ?? "DATABASE_URL"}["'\\]]*\\s*(?:\\?\\?|\\|\\|)\\s*["'\`]([^"'\`$]+)["'\`]`,
  ).exec(code);
  const migrations = /\bmigrations\s*:\s*\{[^{}]*?\bpath\s*:\s*["'`]([^"'`$]+)["'`]/.exec(
    code,
  )?.[1];
  return {
    path,
    label,
    schema: readSchemaSetting(code, path, label),
    hasDatasource: /(?<![\w./])datasource["']?\s*[:,}]/.test(code),
    urlVariable,
    fallbackUrl: fallback?.[1] ?? null,
    migrations: migrations === undefined ? null : resolve(dirname(path), migrations),
    code,
  };
}

/** Reads the name in `process.env.NAME`, `process.env["NAME"]`, `env.NAME` or `env("NAME")`. */
function readUrlVariable(code: string): string | null {
  const url = /(?<![\w./])datasource["']?\s*:\s*\{[^{}]*?\burl\s*:\s*([^,{}]*)/.exec(code)?.[1];
  const name = /^(?:process\.)?env(?:\.|\[["'`]|(?:<\w+>)?\(\s*["'`])(\w+)/.exec(url ?? "");
  return name?.[1] ?? null;
}

function readSchemaSetting(code: string, path: string, label: string): string | null {
  const setting = /(?<![\w.])schema\s*:\s*/.exec(code);
  if (setting === null) return null;
  const value = code.slice(setting.index + setting[0].length);
  const [, , text] = /^(["'`])([^"'`$]*)\1\s*[,}\n]/.exec(value) ?? [];
  if (text !== undefined) return resolve(dirname(path), text);
  const [, parts] = /^(?:path\.)?(?:join|resolve)\(([^()]*)\)/.exec(value) ?? [];
  const joined = parts === undefined ? null : joinLiterals(parts);
  if (joined !== null) return resolve(dirname(path), joined);
  throw new CliError(
    `The \`schema\` in ${label} is not a plain string, and this command does not run the file. ` +
      "Pass the path yourself: --schema path/to/schema.prisma",
  );
}

/** Turns `__dirname, "prisma", "schema"` into `prisma/schema`. Returns null for any other expression. */
function joinLiterals(parts: string): string | null {
  const folders = ["__dirname", "import.meta.dirname", "process.cwd"];
  const names = parts
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "" && !folders.includes(part));
  const literals = names.map((name) => /^(["'`])([^"'`$]*)\1$/.exec(name)?.[2] ?? null);
  return literals.includes(null) ? null : join(...literals.map((name) => name ?? ""));
}
