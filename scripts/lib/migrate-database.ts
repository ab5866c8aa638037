import type {
  DiagnoseMigrationHistoryOutput,
  MigrationList,
  SchemaEngine,
} from "@prisma/schema-engine-wasm";

import { readSchema, schemaPath } from "./database-provider.ts";
import { databaseTarget } from "./database-target.ts";
import type { DatabaseTarget } from "./database-target.ts";
import { readMigrations } from "./read-migrations.ts";
import { openSchemaEngine } from "./schema-engine.ts";
import { SetupError } from "./setup-error.ts";

const filters = { externalTables: [], externalEnums: [] };

/**
 * Brings the database at `url` to the newest migration and resolves with the names of those that were
 * applied. Data is never dropped: only migrations are applied, each one as a whole or not at all.
 *
 * @param migrations the folder to read instead of prisma/migrations/<provider>
 * @throws SetupError with what to do: unknown scheme, unreachable database, failed migration.
 */
export async function migrateDatabase(
  url: string,
  migrations?: string,
): Promise<readonly string[]> {
  const target = databaseTarget(url);
  const migrationsList = await readMigrations(target.provider, migrations);
  if (migrationsList.migrationDirectories.length === 0) {
    throw new SetupError(
      `There are no migrations in ${migrationsList.baseDir}.\nRestore the folder from version control, or run: npm run migration -- init`,
    );
  }
  await connect(target);
  const engine = await openSchemaEngine(
    { path: schemaPath, content: await readSchema(target.provider) },
    target.adapter,
  );
  try {
    const { failedMigrationNames, editedMigrationNames } = await diagnose(engine, migrationsList);
    if (editedMigrationNames.length > 0) {
      throw new SetupError(
        `The database ${target.label} was made with another version of these migrations: ${editedMigrationNames.join(", ")}.\n` +
          "Nothing was changed. Restore the migration files, or choose another DATABASE_URL.",
      );
    }
    // Nothing of a failed migration was kept (each one is a transaction), so it may be tried again.
    for (const migrationName of failedMigrationNames) {
      await engine.markMigrationRolledBack({ migrationName });
    }
    return (await engine.applyMigrations({ migrationsList, filters })).appliedMigrationNames;
  } catch (error) {
    if (error instanceof SetupError) throw error;
    throw new SetupError(
      `The database ${target.label} could not be migrated; nothing of the failed migration was kept.\n` +
        `${describe(error)}\nPut right what the message names and run the command again.`,
      { cause: error },
    );
  } finally {
    engine.free();
  }
}

async function diagnose(
  engine: SchemaEngine,
  migrationsList: MigrationList,
): Promise<Pick<DiagnoseMigrationHistoryOutput, "failedMigrationNames" | "editedMigrationNames">> {
  try {
    const options = { migrationsList, optInToShadowDatabase: false, filters };
    return await engine.diagnoseMigrationHistory(options);
  } catch (error) {
    // Seen on SQLite: a database without the bookkeeping table is an error here, not a finding.
    const isNew =
      error instanceof Error && /_prisma_migrations.* does not exist/.test(error.message);
    if (!isNew) throw error;
    return { failedMigrationNames: [], editedMigrationNames: [] };
  }
}

async function connect(target: DatabaseTarget): Promise<void> {
  try {
    await target.prepare();
  } catch (error) {
    const advice =
      target.provider === "sqlite"
        ? "Check that the folder is writable and that the file is a SQLite database."
        : "Check that the server runs and that user, password and database name in DATABASE_URL are right.";
    throw new SetupError(
      `The database ${target.label} cannot be opened: ${describe(error)}\n${advice}\nWithout DATABASE_URL the SQLite file ./.data/demo.db is used.`,
      { cause: error },
    );
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause: unknown = error.cause;
  const detail =
    typeof cause === "object" && cause !== null && "originalMessage" in cause
      ? String(cause.originalMessage)
      : error.message;
  return detail === "" ? error.name : detail;
}
