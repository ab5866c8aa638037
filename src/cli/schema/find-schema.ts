import { existsSync, readdirSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";

import { CliError } from "../project/cli-error.ts";
import { readPackageJson } from "../project/read-package-json.ts";
import { readPrismaConfig } from "./read-prisma-config.ts";

export interface SchemaPlace {
  /** The schema file, or the folder of a schema in several files. */
  readonly path: string;
  /** The path relative to the project, for messages. */
  readonly label: string;
  /** The schema's files, sorted. Empty when there is no schema yet. */
  readonly files: readonly string[];
  readonly isFolder: boolean;
}

/**
 * Finds where a project's schema is, or where a new one belongs: at `--schema`, where the Prisma config
 * or package.json#prisma.schema says, or at one of Prisma's default paths. A path that does not end in
 * `.prisma` is a folder.
 */
export function findSchema(cwd: string, option: string | undefined): SchemaPlace {
  if (option !== undefined) return placeOf(cwd, resolve(cwd, option));
  const configured = readPrismaConfig(cwd)?.schema ?? readPackageSetting(cwd);
  if (configured !== null) return placeOf(cwd, configured);
  const defaults = ["prisma/schema.prisma", "schema.prisma"].map((name) => resolve(cwd, name));
  const file = defaults.find((path) => existsSync(path));
  if (file !== undefined) return placeOf(cwd, file);
  const folder = resolve(cwd, "prisma/schema");
  return placeOf(cwd, existsSync(folder) ? folder : resolve(cwd, "prisma/schema.prisma"));
}

function readPackageSetting(cwd: string): string | null {
  const prisma = readPackageJson(cwd)["prisma"];
  if (typeof prisma !== "object" || prisma === null || !("schema" in prisma)) return null;
  return typeof prisma.schema === "string" ? resolve(cwd, prisma.schema) : null;
}

function placeOf(cwd: string, path: string): SchemaPlace {
  const label = relative(cwd, path) === "" ? "." : relative(cwd, path);
  const stats = statSync(path, { throwIfNoEntry: false });
  const isFolder = stats?.isDirectory() ?? !path.endsWith(".prisma");
  if (!isFolder) return { path, label, files: stats === undefined ? [] : [path], isFolder };
  if (stats?.isFile() === true) {
    throw new CliError(
      `${label} is not a Prisma schema, because its name does not end in .prisma. Pass another path with --schema.`,
    );
  }
  return { path, label, files: stats === undefined ? [] : findFiles(path), isFolder };
}

function findFiles(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".prisma") && !name.includes("node_modules"))
    .toSorted()
    .map((name) => join(folder, name));
}
