import { copyFile, rm } from "node:fs/promises";
import { join } from "node:path";

import { afterEach } from "vitest";

import type { PrismaClient } from "../../../generated/sqlite/client.ts";
import { databaseProviders } from "../../../scripts/lib/database-provider.ts";
import type { DatabaseProvider } from "../../../scripts/lib/database-provider.ts";
import { chosenDatabases } from "./chosen-databases.ts";
import { createMysqlDatabase } from "./create-mysql-database.ts";
import { createPostgresDatabase } from "./create-postgres-database.ts";
import { describeChosen } from "./describe-chosen.ts";
import type { OpenClientOptions } from "./open-client.ts";
import { makeDataFolder } from "./make-data-folder.ts";
import { openClient } from "./open-client.ts";

export type DatabaseName = "sqlite" | "postgresql" | "mysql";

/** A fresh, migrated database for one test. */
export interface TestDatabase<Name extends DatabaseName = DatabaseName> {
  readonly name: Name;
  readonly prisma: PrismaClient;
  /** A DATABASE_URL. */
  readonly url: string;
  /** Opens another client with its own connection to the same database, as another instance of the app has. */
  connect(options?: OpenClientOptions): PrismaClient;
  /** Disconnects all clients and removes the database. `describeDatabases` does this after each test. */
  close(): Promise<void>;
}

export type OpenDatabase<Name extends DatabaseName = DatabaseName> = () => Promise<
  TestDatabase<Name>
>;

const create: Readonly<Record<DatabaseName, () => Promise<CreatedDatabase>>> = {
  sqlite: copySqliteDatabase,
  postgresql: () =>
    createPostgresDatabase(setting("TEST_POSTGRES_URL"), setting("TEST_POSTGRES_BASE")),
  mysql: async () =>
    createMysqlDatabase(setting("TEST_MYSQL_URL"), JSON.parse(setting("TEST_MYSQL_TABLES"))),
};

interface CreatedDatabase {
  readonly url: string;
  readonly remove: () => Promise<void>;
}

const every: readonly DatabaseName[] = ["sqlite", "postgresql", "mysql"];

/** Runs a suite on SQLite and PostgreSQL, unless others are chosen. Call `open` in tests and in `beforeEach`; what it opens is closed after each test. */
export function describeDatabases(
  suite: (name: DatabaseName, open: OpenDatabase) => void,
  names: readonly DatabaseName[] = chosenDatabases === null ? databaseProviders : every,
): void {
  describeEach(names, suite);
}

/** Runs a suite on MySQL, too: for promises that depend on how a database locks, compares and reports errors. */
export function describeEveryDatabase(
  suite: (name: DatabaseName, open: OpenDatabase) => void,
): void {
  describeEach(every, suite);
}

/** Runs a suite on the databases that this project has migrations for, which its own programs can use. */
export function describeMigrated(
  suite: (name: DatabaseProvider, open: OpenDatabase<DatabaseProvider>) => void,
  names: readonly DatabaseProvider[] = databaseProviders,
): void {
  describeEach(names, suite);
}

function describeEach<Name extends DatabaseName>(
  names: readonly Name[],
  suite: (name: Name, open: OpenDatabase<Name>) => void,
): void {
  describeChosen(names, "", (name) => {
    const opened: TestDatabase<Name>[] = [];
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
export async function openDatabase<Name extends DatabaseName>(
  name: Name,
): Promise<TestDatabase<Name>> {
  return toTestDatabase(name, await create[name]());
}

async function copySqliteDatabase(): Promise<CreatedDatabase> {
  const folder = await makeDataFolder("node-llm-trpc-");
  const path = join(folder, "test.db");
  await copyFile(setting("TEST_SQLITE_BASE"), path);
  return {
    url: `file:${path}`,
    // An answer that is still writing may create a file while the folder is being deleted.
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}

function toTestDatabase<Name extends DatabaseName>(
  name: Name,
  { url, remove }: CreatedDatabase,
): TestDatabase<Name> {
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
