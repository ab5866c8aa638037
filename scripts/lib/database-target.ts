import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";

import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { PrismaPg } from "@prisma/adapter-pg";
import type {
  SqlDriverAdapter,
  SqlMigrationAwareDriverAdapterFactory,
} from "@prisma/driver-adapter-utils";

import type { DatabaseProvider } from "./database-provider.ts";
import { SetupError } from "./setup-error.ts";

/** A database that can be migrated. */
export interface DatabaseTarget {
  readonly provider: DatabaseProvider;
  /** The address without its password, for messages. */
  readonly label: string;
  /** Creates what a database needs before its first connection. */
  prepare(): Promise<void>;
  readonly adapter: SqlMigrationAwareDriverAdapterFactory;
}

/** Reads a DATABASE_URL: `file:` for SQLite, `postgresql:` or `postgres:` for PostgreSQL. */
export function databaseTarget(url: string): DatabaseTarget {
  if (/^file:./.test(url)) return sqliteTarget(url);
  if (/^postgres(ql)?:\/\//.test(url)) return postgresqlTarget(url);
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(url)?.[0] ?? "no scheme";
  throw new SetupError(
    `DATABASE_URL has ${scheme === "no scheme" ? scheme : `the scheme "${scheme}"`}, which is not supported.\n` +
      'Use "file:./.data/demo.db" for SQLite or "postgresql://user:password@host:5432/name" for PostgreSQL.',
  );
}

function sqliteTarget(url: string): DatabaseTarget {
  const path = url.slice("file:".length);
  const inner = new PrismaBetterSqlite3({ url });
  return {
    provider: "sqlite",
    label: url,
    prepare: async () => {
      await mkdir(dirname(resolve(path)), { recursive: true });
      const database = await inner.connect();
      await database.executeScript("PRAGMA journal_mode = WAL").finally(() => database.dispose());
    },
    adapter: withAtomicScripts(inner, async (database, script) => {
      // A table is rebuilt by dropping the old one. With foreign keys on, that would delete the rows
      // that refer to it, and inside a transaction they can no longer be turned off.
      await database.executeScript("PRAGMA foreign_keys = OFF");
      try {
        await database.executeScript(`BEGIN IMMEDIATE;\n${script}`);
        const broken = await database.queryRaw({
          sql: "PRAGMA foreign_key_check",
          args: [],
          argTypes: [],
        });
        if (broken.rows.length > 0) {
          throw new Error(`${broken.rows.length} rows would refer to rows that do not exist`);
        }
        await database.executeScript("COMMIT");
      } catch (error) {
        await database.executeScript("ROLLBACK").catch(() => undefined); // already rolled back by SQLite
        throw error;
      } finally {
        await database.executeScript("PRAGMA foreign_keys = ON");
      }
    }),
  };
}

function postgresqlTarget(url: string): DatabaseTarget {
  const { hostname, port, pathname } = new URL(url);
  const inner = new PrismaPg({ connectionString: url, connectionTimeoutMillis: 10_000 });
  return {
    provider: "postgresql",
    label: `postgresql://${hostname}:${port === "" ? "5432" : port}${pathname}`,
    prepare: async () => {
      const database = await inner.connect();
      await database.executeScript("SELECT 1").finally(() => database.dispose());
    },
    // The adapter splits a script at each ";" and commits each piece; as one query it is one transaction.
    adapter: withAtomicScripts(inner, async (database, script) => {
      await database.underlyingDriver().query(script);
    }),
  };
}

/** An adapter whose scripts are applied as a whole or not at all. */
function withAtomicScripts<Adapter extends SqlDriverAdapter>(
  inner: Omit<SqlMigrationAwareDriverAdapterFactory, "connect"> & { connect(): Promise<Adapter> },
  execute: (database: Adapter, script: string) => Promise<void>,
): SqlMigrationAwareDriverAdapterFactory {
  return {
    provider: inner.provider,
    adapterName: inner.adapterName,
    connectToShadowDb: () => inner.connectToShadowDb(),
    connect: async () => {
      const database = await inner.connect();
      return new Proxy(database, {
        get(target, property) {
          if (property === "executeScript") return (script: string) => execute(target, script);
          const value: unknown = Reflect.get(target, property, target);
          return typeof value === "function" ? value.bind(target) : value;
        },
      });
    },
  };
}
