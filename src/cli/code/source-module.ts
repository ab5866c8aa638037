import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";

import { parse } from "@babel/parser";
import type { Node, Program } from "@babel/types";

/** A TypeScript file of an app, with its syntax tree. */
export interface SourceModule {
  readonly path: string;
  /** The path relative to the project, with slashes. */
  readonly label: string;
  readonly text: string;
  readonly program: Program;
}

const ignoredFolders = new Set(["node_modules", "generated", "dist", "build", "out", "coverage"]);

/** No app that this command can edit has more files; a repository of many apps may. */
const maxFiles = 5_000;

/** Reads the TypeScript files of a project that contain one of the texts. Files that do not parse are left out. */
export function readModules(cwd: string, texts: readonly string[]): readonly SourceModule[] {
  return listFiles(cwd)
    .map((path) => ({ path, text: readFileSync(path, "utf8") }))
    .filter(({ text }) => texts.some((part) => text.includes(part)))
    .flatMap(({ path, text }) => {
      const program = parseModule(path, text);
      return program === null
        ? []
        : [{ path, label: relative(cwd, path).split(sep).join("/"), text, program }];
    });
}

function listFiles(cwd: string): readonly string[] {
  const files: string[] = [];
  const folders = [cwd];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!entry.name.startsWith(".") && !ignoredFolders.has(entry.name)) folders.push(path);
      } else if (/(?<!\.d)\.m?tsx?$/.test(entry.name) && !/\.(test|spec)\./.test(entry.name)) {
        files.push(path);
      }
    }
    if (files.length > maxFiles) break;
  }
  return files.toSorted();
}

/**
 * Finds what an import of a new module leads to already: the file, one with another extension, or a folder. A new file
 * would replace or hide it.
 */
export function findNamesake(path: string): string | null {
  const stem = path.replace(/\.\w+$/, "");
  const ends = [".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".d.ts", ""];
  return ends.map((end) => stem + end).find((candidate) => existsSync(candidate)) ?? null;
}

/** Returns a module's syntax tree, or null when the text is not valid TypeScript. */
export function parseModule(path: string, text: string): Program | null {
  try {
    const plugins = path.endsWith("x")
      ? (["typescript", "jsx"] as const)
      : (["typescript"] as const);
    return parse(text, { sourceType: "module", plugins: [...plugins] }).program;
  } catch {
    return null;
  }
}

/** Lists a node and all nodes inside it, in the order of the text. */
export function nodesIn(node: Node): readonly Node[] {
  const found: Node[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (isNode(value)) {
      found.push(value);
      for (const [key, child] of Object.entries(value)) if (!key.endsWith("omments")) visit(child);
    }
  };
  visit(node);
  return found;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}

/** Where a node is in the text. The parser gives every node a place. */
export function placeOf({ start, end }: Node): readonly [start: number, end: number] {
  return [start ?? 0, end ?? 0];
}

export function textOf({ text }: SourceModule, node: Node): string {
  return text.slice(...placeOf(node));
}
