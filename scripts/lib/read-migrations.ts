import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { SetupError } from "./setup-error.ts";

export interface Migration {
  readonly name: string;
  readonly sql: string;
  /** The SHA-256 of the SQL, like `prisma migrate` computes it. */
  readonly checksum: string;
}

/**
 * Reads the migrations in a folder, oldest first.
 *
 * @throws {SetupError} when there are none, or one cannot be read.
 */
export async function readMigrations(folder: string): Promise<readonly Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const names = entries
    .filter((entry) => entry.isDirectory() && /^\d+_\w+$/.test(entry.name))
    .map((entry) => entry.name)
    .toSorted();
  if (names.length === 0) {
    throw new SetupError(
      `There are no migrations in ${folder}.\nRestore the folder from version control, or run: npm run migration -- init`,
    );
  }
  return await Promise.all(names.map(async (name) => await readMigration(folder, name)));
}

async function readMigration(folder: string, name: string): Promise<Migration> {
  const path = join(folder, name, "migration.sql");
  const sql = await readFile(path, "utf8").catch((error: unknown) => {
    throw new SetupError(
      `The migration ${path} cannot be read (${String(error)}).\nRestore it from version control. Released migrations must not be edited or removed.`,
    );
  });
  return { name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
}
