import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";

import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { PrismaPg } from "@prisma/adapter-pg";

import type { DatabaseProvider } from "./database-provider.ts";
import { SetupError } from "./setup-error.ts";

/** A connection for migrating a database. It hides the differences between the databases. */
export interface MigrationConnection {
  readonly provider: DatabaseProvider;
  /** Runs one or more statements. */
  execute(script: string): Promise<void>;
  query(sql: string): Promise<readonly (readonly unknown[])[]>;
  /** Starts a transaction that excludes other migrations. */
  begin(): Promise<void>;
  close(): Promise<void>;
}

/** A database that can be migrated. */
export interface DatabaseTarget {
  readonly provider: DatabaseProvider;
  /** The URL without its password, for messages. */
  readonly label: string;
  /** Connects, and creates a missing SQLite file and its folder. */
  connect(): Promise<MigrationConnection>;
}

/**
 * Parses a DATABASE_URL: `file:` for SQLite, `postgresql:` or `postgres:` for PostgreSQL.
 *
 * @throws {SetupError} for any other URL.
 */
export function databaseTarget(url: string): DatabaseTarget {
  if (/^file:./.test(url)) {
    const path = url.replace(/^file:(\/\/)?/, "").replace(/\?.*$/, "");
    return { provider: "sqlite", label: url, connect: async () => await connectSqlite(path) };
  }
  if (/^postgres(ql)?:\/\//.test(url) && URL.canParse(url)) {
    const { hostname, port, pathname } = new URL(url);
    const label = `postgresql://${hostname}:${port === "" ? "5432" : port}${pathname}`;
    return { provider: "postgresql", label, connect: async () => await connectPostgresql(url) };
  }
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(url)?.[0];
  const problem = scheme === undefined ? "has no scheme" : `starts with "${scheme}"`;
  throw new SetupError(
    `DATABASE_URL ${problem}, which is not supported.\n` +
      'Use "file:./.data/demo.db" for SQLite or "postgresql://user:password@host:5432/name" for PostgreSQL.',
  );
}

async function connectSqlite(path: string): Promise<MigrationConnection> {
  await mkdir(dirname(resolve(path)), { recursive: true });
  const database = await new PrismaBetterSqlite3({ url: `file:${path}` }).connect();
  const query = async (sql: string): Promise<readonly (readonly unknown[])[]> =>
    (await database.queryRaw({ sql, args: [], argTypes: [] })).rows;
  try {
    await enterWal(query);
    // Rebuilding a table drops the old one. With foreign keys on, that deletes the rows that reference
    // it, and inside a transaction foreign keys can no longer be turned off.
    await query("PRAGMA foreign_keys = OFF");
  } catch (error) {
    await database.dispose();
    throw error;
  }
  return {
    provider: "sqlite",
    query,
    execute: async (script) => await database.executeScript(script),
    begin: async () => await database.executeScript("BEGIN IMMEDIATE"),
    close: async () => await database.dispose(),
  };
}

/** When two processes change a new file's journal mode at once, SQLite fails one without waiting. */
async function enterWal(query: (sql: string) => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await query("PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      if (attempt === 100 || !isLocked(error)) throw error;
      await setTimeout(20);
    }
  }
}

function isLocked(error: unknown): boolean {
  const cause: unknown = error instanceof Error ? error.cause : null;
  const code =
    typeof cause === "object" && cause !== null && "originalCode" in cause && cause.originalCode;
  return String(code).startsWith("SQLITE_BUSY");
}

async function connectPostgresql(url: string): Promise<MigrationConnection> {
  const adapter = await new PrismaPg({
    connectionString: url,
    connectionTimeoutMillis: 10_000,
  }).connect();
  // The adapter would split scripts at each ";" and run each piece on any connection of its pool.
  const client = await adapter
    .underlyingDriver()
    .connect()
    .catch(async (error: unknown) => {
      await adapter.dispose();
      throw error;
    });
  const execute = async (script: string): Promise<void> => {
    await client.query(script);
  };
  return {
    provider: "postgresql",
    execute,
    query: async (text) => (await client.query<unknown[]>({ text, rowMode: "array" })).rows,
    // The number of the advisory lock that `prisma migrate` takes.
    begin: async () => await execute("BEGIN; SELECT pg_advisory_xact_lock(72707369)"),
    close: async () => {
      client.release(true);
      await adapter.dispose();
    },
  };
}
