import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import type { MigrationList } from "@prisma/schema-engine-wasm";

import { migrationsPath } from "./database-provider.ts";
import type { DatabaseProvider } from "./database-provider.ts";
import { SetupError } from "./setup-error.ts";

/** The versioned migrations of a provider, oldest first. */
export async function readMigrations(
  provider: DatabaseProvider,
  baseDir: string = migrationsPath(provider),
): Promise<MigrationList> {
  const names = await migrationNames(baseDir);
  return {
    baseDir,
    shadowDbInitScript: "",
    lockfile: {
      path: "migration_lock.toml",
      content: await readFile(join(baseDir, "migration_lock.toml"), "utf8").catch(() => null),
    },
    migrationDirectories: await Promise.all(
      names.map(async (path) => ({
        path,
        migrationFile: {
          path: "migration.sql",
          content: {
            tag: "ok" as const,
            value: await readSql(join(baseDir, path, "migration.sql")),
          },
        },
      })),
    ),
  };
}

export async function migrationNames(baseDir: string): Promise<readonly string[]> {
  const entries = await readdir(baseDir, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .toSorted();
}

async function readSql(path: string): Promise<string> {
  return await readFile(path, "utf8").catch((error: unknown) => {
    throw new SetupError(
      `The migration file ${path} cannot be read (${String(error)}).\nRestore it from version control; migrations are never edited or removed once they were released.`,
    );
  });
}
