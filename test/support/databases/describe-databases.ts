import { randomUUID } from "node:crypto";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { PrismaPg } from "@prisma/adapter-pg";
import { afterEach, describe } from "vitest";

import { PrismaClient as PostgresqlClient } from "../../../generated/postgresql/client.ts";
import { PrismaClient } from "../../../generated/sqlite/client.ts";
import { dropPostgresDatabase, executeOnPostgres } from "./start-databases.ts";

export type DatabaseName = "sqlite" | "postgresql";

/** A fresh, migrated database of a test's own. */
export interface TestDatabase {
  readonly name: DatabaseName;
  readonly prisma: PrismaClient;
  /** A DATABASE_URL. */
  readonly url: string;
  /** A further client with its own connection to the same database: another instance of the app. */
  connect(): PrismaClient;
  /** Disconnects all clients and removes the database. Happens by itself after the test. */
  close(): Promise<void>;
}

export type OpenDatabase = () => Promise<TestDatabase>;

const open: Readonly<Record<DatabaseName, OpenDatabase>> = {
  sqlite: openSqlite,
  postgresql: openPostgresql,
};

/** Runs a suite on each database. `open` is for tests and `beforeEach`; what it opened is closed after each test. */
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
      const database = await open[name]();
      opened.push(database);
      return database;
    });
  });
}

async function openSqlite(): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), "node-llm-trpc-"));
  const path = join(folder, "test.db");
  await copyFile(setting("TEST_SQLITE_BASE"), path);
  const url = `file:${path}`;
  return toTestDatabase(
    "sqlite",
    url,
    () => new PrismaClient({ adapter: new PrismaBetterSqlite3({ url }) }),
    // What an answer still writes may make a file while the folder is being deleted.
    async () => await rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  );
}

async function openPostgresql(): Promise<TestDatabase> {
  const server = setting("TEST_POSTGRES_URL");
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await executeOnPostgres(
    server,
    `CREATE DATABASE ${name} TEMPLATE ${setting("TEST_POSTGRES_BASE")}`,
  );
  const address = new URL(server);
  address.pathname = `/${name}`;
  const url = address.href;
  return toTestDatabase(
    "postgresql",
    url,
    () => {
      const client = new PostgresqlClient({ adapter: new PrismaPg({ connectionString: url }) });
      // Both clients come from one schema; their types differ in names that no test uses.
      return client as unknown as PrismaClient;
    },
    async () => await dropPostgresDatabase(server, name),
  );
}

function toTestDatabase(
  name: DatabaseName,
  url: string,
  createClient: () => PrismaClient,
  remove: () => Promise<void>,
): TestDatabase {
  const clients: PrismaClient[] = [];
  const connect = (): PrismaClient => {
    const client = createClient();
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
