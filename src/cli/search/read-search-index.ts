import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import type { ProjectSchema } from "../schema/open-schema.ts";
import { readPrismaConfig } from "../schema/read-prisma-config.ts";
import { blocksOf } from "../schema/read-schema-files.ts";
import type { SearchIndexNames } from "./search-index-sql.ts";
import { externalTables, searchIndexNames } from "./search-index-sql.ts";

/** The search index of a project, as its migrations leave it. */
export interface SearchIndex {
  readonly provider: "sqlite" | "postgresql";
  readonly names: SearchIndexNames;
  /** The folder with the migrations. */
  readonly folder: string;
  /** `lost`: a migration has removed the index, or made a table anew whose changes it follows. */
  readonly state: "complete" | "missing" | "lost";
  /** The tables of the index that the Prisma config does not name as external ones. */
  readonly unnamedTables: readonly string[];
}

/**
 * Finds out from a project's migrations whether its database has the search index.
 *
 * @returns null on MySQL, and while no migration creates the tables of the chats.
 */
export function readSearchIndex(project: ProjectSchema, cwd: string): SearchIndex | null {
  const { provider } = project.datasource;
  const names = searchIndexNames(project);
  if (provider === "mysql" || names === null) return null;
  const config = readPrismaConfig(cwd);
  const folder = config?.migrations ?? defaultFolder(project);
  const sql = readMigrations(folder);
  const last = (pattern: string): number =>
    [...sql.matchAll(new RegExp(pattern, "g"))].at(-1)?.index ?? -1;
  const { message, chat } = names;
  const tables = `(?:${quoted(message.table)}|${quoted(chat.table)})`;
  const index = `(?:${quoted(`${message.table}_search`)}|${quoted(`${chat.table}_search`)})`;
  if (last(`CREATE TABLE ${tables}`) < 0) return null;
  const created = last(`CREATE (?:VIRTUAL TABLE|INDEX) ${index}`);
  const removed = last(`DROP (?:TABLE|INDEX) (?:${tables}|${index})`);
  const isNamed = (table: string): boolean =>
    new RegExp(`["'\`]${escaped(table)}["'\`]`).test(config?.code ?? "");
  return {
    provider,
    names,
    folder,
    state: created < 0 ? "missing" : removed > created ? "lost" : "complete",
    unnamedTables:
      provider === "sqlite" ? externalTables(message.table).filter((table) => !isNamed(table)) : [],
  };
}

/** Prisma's default: beside the file with the datasource. */
function defaultFolder({ files, place }: ProjectSchema): string {
  const [datasource] = blocksOf(files, "datasource");
  return join(dirname(datasource?.file.path ?? place.path), "migrations");
}

/** All migrations in their order, as one text. */
function readMigrations(folder: string): string {
  const names = existsSync(folder) ? readdirSync(folder).toSorted() : [];
  return names
    .map((name) => join(folder, name, "migration.sql"))
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path, "utf8"))
    .join("\n");
}

/** A pattern for a name in SQL, with PostgreSQL's schema or without. */
function quoted(name: string): string {
  return `(?:"[^"\\n]*"\\.)?"${escaped(name.replaceAll('"', '""'))}"`;
}

function escaped(text: string): string {
  return text.replaceAll(/[^\w ]/g, "\\$&");
}
