import { join, relative } from "node:path";

import type { CliIo } from "../project/cli-io.ts";
import { writeNewFile } from "../project/write-new-file.ts";
import type { SearchIndex } from "./read-search-index.ts";
import { searchIndexSql } from "./search-index-sql.ts";

/** What the search does without the index. */
export const withoutIndex =
  "Without it, a search reads the caller's chats one after the other: up to a second in 100,000 messages.";

/** Writes a migration that creates the index. Returns its path relative to the project. */
export function writeSearchIndex({ provider, names, folder }: SearchIndex, io: CliIo): string {
  const time = new Date().toISOString().replaceAll(/\D/g, "").slice(0, 14);
  const path = join(folder, `${time}_node_llm_trpc_search`, "migration.sql");
  const label = relative(io.cwd, path);
  writeNewFile(path, label, searchIndexSql(provider, names));
  return label;
}

/** The lines for a Prisma config that make Prisma Migrate keep tables which are not in the schema. */
export function externalTablesText(tables: readonly string[]): string {
  const list = tables.map((table) => `      "${table}",\n`).join("");
  return `  experimental: { externalTables: true },\n  tables: {\n    external: [\n${list}    ],\n  },`;
}
