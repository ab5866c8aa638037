import { randomUUID } from "node:crypto";

import { migrationsPath } from "./database-provider.ts";
import type { DatabaseProvider } from "./database-provider.ts";
import { databaseTarget } from "./database-target.ts";
import type { DatabaseTarget, MigrationConnection } from "./database-target.ts";
import { readMigrations } from "./read-migrations.ts";
import type { Migration } from "./read-migrations.ts";
import { SetupError } from "./setup-error.ts";

/** The bookkeeping of `prisma migrate`, so that its commands go on with what was applied here. */
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
 * Brings the database at `url` to the newest migration and resolves with the names of those that were
 * applied. Data is never dropped: only migrations are applied, each one as a whole or not at all.
 * (`prisma migrate deploy` does the same, but needs a native engine that it downloads first, locks
 * everybody else out of a SQLite file and keeps one half of a SQLite migration that fails.)
 *
 * @param folder where to read instead of prisma/migrations/<provider>
 * @throws SetupError with what to do: unknown scheme, unreachable database, failed migration.
 */
export async function migrateDatabase(url: string, folder?: string): Promise<readonly string[]> {
  const target = databaseTarget(url);
  const migrations = await readMigrations(folder ?? migrationsPath(target.provider));
  const connection = await connect(target);
  try {
    const applied: string[] = [];
    const known = await readApplied(connection);
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
        ? "Check that the folder is writable and that the file is a SQLite database."
        : "Check that the server runs and that user, password and database name in DATABASE_URL are right.";
    throw new SetupError(
      `The database ${target.label} cannot be opened: ${describe(error)}\n${advice}\n` +
        "Without DATABASE_URL the SQLite file ./.data/demo.db is used.",
      { cause: error },
    );
  }
}

/** Applies one migration in one transaction; false when another process was faster. */
async function apply(
  connection: MigrationConnection,
  migration: Migration,
  target: DatabaseTarget,
): Promise<boolean> {
  const { name, checksum, sql } = migration;
  try {
    await connection.begin();
    await connection.execute(bookkeeping[connection.provider]);
    const isLate = isApplied(await readApplied(connection), migration, target);
    if (!isLate) {
      await connection.execute(sql);
      await connection.execute(
        `INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name", "finished_at", "applied_steps_count")
         VALUES ('${randomUUID()}', '${checksum}', '${name}', CURRENT_TIMESTAMP, 1)`,
      );
      if (connection.provider === "sqlite") await checkReferences(connection);
    }
    await connection.execute("COMMIT");
    return !isLate;
  } catch (error) {
    await connection.execute("ROLLBACK").catch(() => undefined); // the database may have done it
    if (error instanceof SetupError) throw error;
    throw new SetupError(
      `The migration ${name} failed on ${target.label}: ${describe(error)}\n` +
        "Nothing of it was kept, and your data is as it was. Put right what the message names and run the command again.",
      { cause: error },
    );
  }
}

/** Name to checksum. */
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
    `The database ${label} was made with another version of the migration ${name}. Nothing was changed.\n` +
      "Restore the migration file, or choose another DATABASE_URL.",
  );
}

async function checkReferences(connection: MigrationConnection): Promise<void> {
  const broken = await connection.query("PRAGMA foreign_key_check");
  if (broken.length === 0) return;
  throw new Error(`${broken.length} rows would refer to rows that no longer exist`);
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  const hasOriginal = typeof cause === "object" && cause !== null && "originalMessage" in cause;
  const text = hasOriginal ? String(cause.originalMessage) : error.message;
  // A refused connection to a name with several addresses has no message, but a code.
  return text === "" && "code" in error ? String(error.code) : text;
}
