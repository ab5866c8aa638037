import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import type { DiffTarget } from "@prisma/schema-engine-wasm";

import { migrationsPath, readSchema, searchPath } from "./database-provider.ts";
import type { DatabaseProvider } from "./database-provider.ts";
import { openSchemaEngine } from "./open-schema-engine.ts";
import { unconnectedPostgres } from "./unconnected-postgres.ts";

/** The name of the copy of the schema that the newest migration leads to. It is next to the migrations. */
const storedSchema = "schema.prisma";

/**
 * Writes a migration from the newest migration's schema to prisma/schema.prisma. Needs no database.
 *
 * @returns the migration's folder, or null when the schema has not changed.
 */
export async function createMigration(
  provider: DatabaseProvider,
  name: string,
): Promise<string | null> {
  const folder = migrationsPath(provider);
  const path = join(folder, storedSchema);
  const previous = await readFile(path, "utf8").catch(() => null);
  const schema = await readSchema(provider);
  const sql = await diff(provider, toTarget(path, previous), schema, path);
  if (previous !== null && /^\s*(-- This is an empty migration\.)?\s*$/.test(sql)) return null;
  // A table of SQLite that is made anew loses its triggers, and its rows get other numbers.
  const needsIndex = previous === null || /DROP TABLE "Llm(Chat|Message)"/.test(sql);
  const index = needsIndex ? await readFile(join(searchPath, `${provider}.sql`), "utf8") : "";
  const migration = join(folder, name);
  await mkdir(migration, { recursive: true });
  await writeFile(join(migration, "migration.sql"), index === "" ? sql : `${sql}\n${index}`);
  await writeFile(join(folder, "migration_lock.toml"), `provider = "${provider}"\n`);
  await writeFile(path, schema);
  return migration;
}

function toTarget(path: string, content: string | null): DiffTarget {
  if (content === null) return { tag: "empty" };
  return { tag: "schemaDatamodel", files: [{ path, content }] };
}

async function diff(
  provider: DatabaseProvider,
  from: DiffTarget,
  schema: string,
  path: string,
): Promise<string> {
  const adapter =
    provider === "sqlite" ? new PrismaBetterSqlite3({ url: ":memory:" }) : unconnectedPostgres;
  const engine = await openSchemaEngine({ path, content: schema }, adapter);
  try {
    const to: DiffTarget = { tag: "schemaDatamodel", files: [{ path, content: schema }] };
    const filters = { externalTables: [], externalEnums: [] };
    const result = await engine.diff({ from, to, script: true, exitCode: false, filters });
    return result.stdout ?? "";
  } finally {
    engine.free();
  }
}
