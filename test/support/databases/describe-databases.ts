import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, describe } from "vitest";

import type { PrismaClient } from "../../../generated/sqlite/client.ts";
import { createPostgresDatabase } from "./create-postgres-database.ts";
import type { OpenClientOptions } from "./open-client.ts";
import { openClient } from "./open-client.ts";

export type DatabaseName = "sqlite" | "postgresql";

/** A fresh, migrated database for one test. */
export interface TestDatabase {
  readonly name: DatabaseName;
  readonly prisma: PrismaClient;
  /** A DATABASE_URL. */
  readonly url: string;
  /** Opens another client with its own connection to the same database, as another instance of the app has. */
  connect(options?: OpenClientOptions): PrismaClient;
  /** Disconnects all clients and removes the database. `describeDatabases` does this after each test. */
  close(): Promise<void>;
}

export type OpenDatabase = () => Promise<TestDatabase>;

const create: Readonly<Record<DatabaseName, () => Promise<CreatedDatabase>>> = {
  sqlite: copySqliteDatabase,
  postgresql: () =>
    createPostgresDatabase(setting("TEST_POSTGRES_URL"), setting("TEST_POSTGRES_BASE")),
};

interface CreatedDatabase {
  readonly url: string;
  readonly remove: () => Promise<void>;
}

/** Runs a suite on each database. Call `open` in tests and in `beforeEach`; what it opens is closed after each test. */
export function describeDatabases(
  suite: (name: DatabaseName, open: OpenDatabase) => void,
  names: readonly DatabaseName[] = ["sqlite", "postgresql"],
): void {
  describe.each(names)("%s", (name) => {
    const opened: TestDatabase[] = [];
    afterEach(async () => {
      for (const database of opened.splice(0)) await database.close();
    });
    suite(name, async () => {
      const database = await openDatabase(name);
      opened.push(database);
      return database;
    });
  });
}

/** Opens a fresh, migrated database, which the caller closes. */
export async function openDatabase(name: DatabaseName): Promise<TestDatabase> {
  return toTestDatabase(name, await create[name]());
}

async function copySqliteDatabase(): Promise<CreatedDatabase> {
  const folder = await mkdtemp(join(tmpdir(), "node-llm-trpc-"));
  const path = join(folder, "test.db");
  await copyFile(setting("TEST_SQLITE_BASE"), path);
  return {
    url: `file:${path}`,
    // An answer that is still writing may create a file while the folder is being deleted.
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}

function toTestDatabase(name: DatabaseName, { url, remove }: CreatedDatabase): TestDatabase {
  const clients: PrismaClient[] = [];
  const connect = (options?: OpenClientOptions): PrismaClient => {
    const client = openClient(url, options);
    clients.push(client);
    return client;
  };
  return {
    name,
    url,
    prisma: connect(),
    connect,
    close: async () => {
      for (const client of clients.splice(0)) await client.$disconnect();
      await remove();
    },
  };
}

function setting(name: string): string {
  const value = process.env[name];
  if (value !== undefined) return value;
  throw new Error(`${name} is not set: this suite belongs in test/database or test/http.`);
}
