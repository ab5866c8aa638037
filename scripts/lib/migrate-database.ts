import { randomUUID } from "node:crypto";

import { migrationsPath } from "./database-provider.ts";
import type { DatabaseProvider } from "./database-provider.ts";
import { databaseTarget } from "./database-target.ts";
import type { DatabaseTarget, MigrationConnection } from "./database-target.ts";
import { readMigrations } from "./read-migrations.ts";
import type { Migration } from "./read-migrations.ts";
import { SetupError } from "./setup-error.ts";

/** The table in which `prisma migrate` records what it has applied, so that its commands can continue from here. */
const bookkeeping: Readonly<Record<DatabaseProvider, string>> = {
  sqlite: `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id" TEXT PRIMARY KEY NOT NULL, "checksum" TEXT NOT NULL, "finished_at" DATETIME,
    "migration_name" TEXT NOT NULL, "logs" TEXT, "rolled_back_at" DATETIME,
    "started_at" DATETIME NOT NULL DEFAULT current_timestamp,
    "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0)`,
  postgresql: `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id" VARCHAR(36) PRIMARY KEY NOT NULL, "checksum" VARCHAR(64) NOT NULL,
    "finished_at" TIMESTAMPTZ, "migration_name" VARCHAR(255) NOT NULL, "logs" TEXT,
    "rolled_back_at" TIMESTAMPTZ, "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "applied_steps_count" INTEGER NOT NULL DEFAULT 0)`,
};

/**
 * Applies all migrations that the database at `url` does not have yet, each one entirely or not at all.
 * `prisma migrate deploy` does the same, but it downloads a native engine first, locks other processes
 * out of a SQLite file, and leaves a failed SQLite migration half applied.
 *
 * @param folder the folder of the migrations. Defaults to prisma/migrations/<provider>.
 * @returns the names of the migrations that were applied.
 * @throws {SetupError} for an unknown scheme, an unreachable database, a database that has other migrations, and a
 * failed migration.
 */
export async function migrateDatabase(url: string, folder?: string): Promise<readonly string[]> {
  const target = databaseTarget(url);
  const migrations = await readMigrations(folder ?? migrationsPath(target.provider));
  const connection = await connect(target);
  try {
    const applied: string[] = [];
    const known = await readApplied(connection);
    rejectOtherMigrations(known, migrations, target);
    for (const migration of migrations) {
      if (isApplied(known, migration, target)) continue;
      if (await apply(connection, migration, target)) applied.push(migration.name);
    }
    return applied;
  } finally {
    await connection.close();
  }
}

async function connect(target: DatabaseTarget): Promise<MigrationConnection> {
  try {
    return await target.connect();
  } catch (error) {
    const advice =
      target.provider === "sqlite"
        ? "Check that the folder is writable and the file is a SQLite database."
        : "Check that the server is running and that the user, password and database in DATABASE_URL are correct.";
    throw new SetupError(
      `The database ${target.label} cannot be opened: ${describe(error)}\n${advice}\n` +
        "Without DATABASE_URL, the SQLite file ./.data/demo.db is used.",
      { cause: error },
    );
  }
}

/** Applies a migration in a transaction. Returns false when another process has already applied it. */
async function apply(
  connection: MigrationConnection,
  migration: Migration,
  target: DatabaseTarget,
): Promise<boolean> {
  const { name, checksum, sql } = migration;
  try {
    await connection.begin();
    await connection.execute(bookkeeping[connection.provider]);
    const isDone = isApplied(await readApplied(connection), migration, target);
    if (!isDone) {
      await connection.execute(sql);
      await connection.execute(
        `INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name", "finished_at", "applied_steps_count")
         VALUES ('${randomUUID()}', '${checksum}', '${name}', CURRENT_TIMESTAMP, 1)`,
      );
      if (connection.provider === "sqlite") await checkReferences(connection);
    }
    await connection.execute("COMMIT");
    return !isDone;
  } catch (error) {
    await connection.execute("ROLLBACK").catch(() => undefined); // The database may have rolled back already.
    if (error instanceof SetupError) throw error;
    throw new SetupError(
      `The migration ${name} failed on ${target.label}: ${describe(error)}\n` +
        "It was rolled back, and your data is unchanged. Fix the cause and run the command again.",
      { cause: error },
    );
  }
}

/** Reads the checksums of the applied migrations, by name. */
async function readApplied(connection: MigrationConnection): Promise<ReadonlyMap<string, string>> {
  const exists = {
    sqlite: `SELECT 1 FROM sqlite_master WHERE name = '_prisma_migrations'`,
    postgresql: `SELECT 1 WHERE to_regclass('"_prisma_migrations"') IS NOT NULL`,
  };
  if ((await connection.query(exists[connection.provider])).length === 0) return new Map();
  const rows = await connection.query(
    `SELECT "migration_name", "checksum" FROM "_prisma_migrations"
     WHERE "rolled_back_at" IS NULL AND "finished_at" IS NOT NULL`,
  );
  return new Map(rows.map(([name, checksum]) => [String(name), String(checksum)]));
}

function isApplied(
  applied: ReadonlyMap<string, string>,
  { name, checksum }: Migration,
  { label }: DatabaseTarget,
): boolean {
  const found = applied.get(name);
  if (found === undefined || found === checksum) return found !== undefined;
  throw new SetupError(
    `The migration ${name} was edited after it was applied to ${label}. Nothing was changed.\n` +
      "Restore the migration file, or use another DATABASE_URL.",
  );
}

function rejectOtherMigrations(
  applied: ReadonlyMap<string, string>,
  migrations: readonly Migration[],
  { label, provider }: DatabaseTarget,
): void {
  const names = new Set(migrations.map(({ name }) => name));
  const others = [...applied.keys()].filter((name) => !names.has(name));
  if (others.length === 0) return;
  const advice =
    provider === "sqlite"
      ? "Move the database file away, or set another DATABASE_URL."
      : "Set another DATABASE_URL.";
  throw new SetupError(
    `The database ${label} was made by other migrations (${others.join(", ")}), perhaps those of another version or ` +
      `another app. Nothing was changed.\n${advice}`,
  );
}

async function checkReferences(connection: MigrationConnection): Promise<void> {
  const broken = await connection.query("PRAGMA foreign_key_check");
  if (broken.length === 0) return;
  throw new Error(`${broken.length} rows would reference rows that no longer exist`);
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  const hasOriginal = typeof cause === "object" && cause !== null && "originalMessage" in cause;
  const text = hasOriginal ? String(cause.originalMessage) : error.message;
  // When a host has several addresses, a refused connection has only a code and no message.
  return text === "" && "code" in error ? String(error.code) : text;
}
