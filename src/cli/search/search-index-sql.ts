import { readFileSync } from "node:fs";

import type { ProjectSchema } from "../schema/open-schema.ts";
import type { SchemaBlock } from "../schema/parse-schema.ts";
import { findSchemaModels } from "../schema/plan-changes.ts";

/** What the search index of a project is called in its database. */
export interface SearchIndexNames {
  readonly message: TableNames;
  readonly chat: TableNames;
}

interface TableNames {
  /** PostgreSQL's schema, or null for the default one. */
  readonly schema: string | null;
  readonly table: string;
  /** The column with the text. */
  readonly column: string;
}

/** The tables that SQLite creates for the index, and that Prisma has to leave alone. */
const sqliteParts = ["", "_config", "_data", "_docsize", "_idx"];

/** Returns the names in the project's database, or null when a model is missing. */
export function searchIndexNames({ files, names }: ProjectSchema): SearchIndexNames | null {
  const models = findSchemaModels(files, names);
  const message = models.get("message")?.block;
  const chat = models.get("chat")?.block;
  if (message === undefined || chat === undefined) return null;
  return { message: tableNames(message, "content"), chat: tableNames(chat, "title") };
}

function tableNames(block: SchemaBlock, field: string): TableNames {
  const setting = (name: string): string | null => {
    const attribute = block.attributes.find(({ code }) => code.startsWith(`@@${name}(`));
    return /"([^"]*)"/.exec(attribute?.code ?? "")?.[1] ?? null;
  };
  const attributes = block.fields.find(({ name }) => name === field)?.attributes ?? "";
  const column = /(?<![@\w])@map\(\s*(?:name:\s*)?"([^"]*)"/.exec(attributes)?.[1] ?? field;
  return { schema: setting("schema"), table: setting("map") ?? block.name, column };
}

/** The tables of the index in SQLite, for the option `tables.external` of a Prisma config. */
export function externalTables(message: string): readonly string[] {
  return sqliteParts.map((part) => `${message}_search${part}`);
}

/** The package's own SQL. The path is the same from src/cli/search and dist/cli/search. */
const folder = new URL("../../../prisma/search/", import.meta.url);

/** Returns the SQL that creates the index, or creates it anew, with the names of a project's database. */
export function searchIndexSql(
  provider: "sqlite" | "postgresql",
  { message, chat }: SearchIndexNames,
): string {
  const own: { readonly [name: string]: TableNames } = { LlmMessage: message, LlmChat: chat };
  const columns: { readonly [name: string]: string } = {
    content: message.column,
    title: chat.column,
  };
  return readFileSync(new URL(`${provider}.sql`, folder), "utf8").replaceAll(
    /(DROP INDEX IF EXISTS )?"(\w+?)(_search\w*)?"/g,
    (text, drop: string = "", name: string, suffix: string = "") => {
      const names = own[name];
      if (names === undefined) return quote(columns[name] ?? text.slice(1, -1));
      // An index is created in the schema of its table.
      const isPlaced = names.schema !== null && (suffix === "" || drop !== "");
      const place = isPlaced ? `${quote(names.schema ?? "")}.` : "";
      return `${drop}${place}${quote(names.table + suffix)}`;
    },
  );
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
