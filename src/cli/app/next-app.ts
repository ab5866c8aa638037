import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";

import { parseExpression } from "@babel/parser";
import type { Expression, ObjectExpression } from "@babel/types";

import { readDependencies } from "../project/read-package-json.ts";
import type { CodeStyle } from "../code/code-style.ts";
import { readStyle } from "../code/code-style.ts";
import type { FileChange } from "../code/file-change.ts";
import type { SourceModule } from "../code/source-module.ts";
import { parseModule, readModules } from "../code/source-module.ts";
import { propertyOf } from "../code/syntax.ts";

/** A Next.js app with an App Router and tRPC. */
export interface NextApp {
  readonly cwd: string;
  /** The folder of the app's code: the project, or its `src`. */
  readonly root: string;
  /** The folder of the App Router. */
  readonly appFolder: string;
  /** The modules that the set-up could concern. */
  readonly modules: readonly SourceModule[];
  readonly aliases: readonly PathAlias[];
}

interface PathAlias {
  /** What an import begins with: `~/` or `@/`. */
  readonly prefix: string;
  /** The folder that it stands for. */
  readonly folder: string;
}

/** What a module contains that the set-up could concern. */
const traces = ["@trpc/", "PrismaClient", "TRPC", "links", "Router", "rocedure", "node-llm-trpc"];

/** Finds the app in a project, or returns null when it has no App Router or no tRPC. */
export function findNextApp(cwd: string): NextApp | null {
  const dependencies = readDependencies(cwd);
  if (!dependencies.has("next") || !dependencies.has("@trpc/server")) return null;
  const root = [join(cwd, "src"), cwd].find((folder) => existsSync(join(folder, "app")));
  if (root === undefined) return null;
  return {
    cwd,
    root,
    appFolder: join(root, "app"),
    modules: readModules(cwd, traces),
    aliases: readAliases(cwd),
  };
}

/** Reads `paths` of tsconfig.json, which may have comments and trailing commas, as JavaScript may. */
function readAliases(cwd: string): readonly PathAlias[] {
  const path = join(cwd, "tsconfig.json");
  if (!existsSync(path)) return [];
  let config: Expression;
  try {
    config = parseExpression(readFileSync(path, "utf8"));
  } catch {
    return [];
  }
  const options = objectAt(config, "compilerOptions");
  const paths = objectAt(options, "paths");
  const baseUrl = options === null ? undefined : propertyOf(options, "baseUrl")?.value;
  const base = resolve(cwd, baseUrl?.type === "StringLiteral" ? baseUrl.value : ".");
  return (paths?.properties ?? []).flatMap((property) => {
    if (property.type !== "ObjectProperty" || property.key.type !== "StringLiteral") return [];
    const target = property.value.type === "ArrayExpression" ? property.value.elements[0] : null;
    const isWhole = property.key.value.endsWith("/*") && target?.type === "StringLiteral";
    if (!isWhole || !target.value.endsWith("/*")) return [];
    const folder = resolve(base, target.value.slice(0, -2));
    return [{ prefix: property.key.value.slice(0, -1), folder }];
  });
}

function objectAt(value: Expression | null, name: string): ObjectExpression | null {
  const found = value?.type === "ObjectExpression" ? propertyOf(value, name)?.value : null;
  return found?.type === "ObjectExpression" ? found : null;
}

/** How a file imports another one: by an alias of the app when one leads there, else by a relative path. */
export function importPath(app: NextApp, from: string, to: string): string {
  const target = to.replace(/(\/index)?\.m?tsx?$/, "");
  for (const { prefix, folder } of app.aliases) {
    if (target.startsWith(folder + sep)) return prefix + toPosix(relative(folder, target));
  }
  const path = toPosix(relative(dirname(from), target));
  return path.startsWith(".") ? path : `./${path}`;
}

/** The module that an import leads to, if the app has it. */
export function resolveImport(app: NextApp, from: string, specifier: string): SourceModule | null {
  const alias = app.aliases.find(({ prefix }) => specifier.startsWith(prefix));
  if (alias === undefined && !specifier.startsWith(".")) return null;
  const base =
    alias === undefined
      ? resolve(dirname(from), specifier)
      : join(alias.folder, specifier.slice(alias.prefix.length));
  const stem = base.replace(/\.[jt]sx?$/, "");
  const ends = [".ts", ".tsx", "/index.ts", "/index.tsx"];
  return app.modules.find(({ path }) => ends.some((end) => path === stem + end)) ?? null;
}

export function isForBrowser({ program }: SourceModule): boolean {
  return program.directives.some(({ value }) => value.value === "use client");
}

/** How the app's code is formatted, for files that stand for themselves. */
export function styleOf({ modules }: NextApp): CodeStyle {
  const [sample] = modules.filter(({ program }) => program.body.length > 2);
  return readStyle(sample?.text ?? "");
}

/** The app as it is after some changes, for the next part of the set-up. */
export function withChanges(app: NextApp, changes: readonly FileChange[]): NextApp {
  const paths = new Set(changes.map(({ path }) => path));
  const changed = changes.flatMap(({ path, label, after }) => {
    const program = /\.m?tsx?$/.test(path) ? parseModule(path, after) : null;
    return program === null ? [] : [{ path, label, text: after, program }];
  });
  return { ...app, modules: [...app.modules.filter(({ path }) => !paths.has(path)), ...changed] };
}

export function toPosix(path: string): string {
  return path.split(sep).join("/");
}
