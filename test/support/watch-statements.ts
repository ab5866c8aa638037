import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { PrismaPg } from "@prisma/adapter-pg";
import type {
  SqlDriverAdapter,
  SqlDriverAdapterFactory,
  SqlQueryable,
} from "@prisma/driver-adapter-utils";

import { PrismaClient as PostgresqlClient } from "../../generated/postgresql/client.ts";
import { PrismaClient } from "../../generated/sqlite/client.ts";
import type { TestDatabase } from "./describe-databases.ts";

/** Is told each statement before the database gets it. It can wait, and it can throw: then the database never gets it. */
export type Watcher = (statement: string, values: readonly unknown[]) => Promise<void> | void;

/** A client of the database whose statements, those of transactions included, pass by the watcher. */
export function watchStatements(
  database: TestDatabase,
  watcher: Watcher,
): { readonly prisma: PrismaClient; readonly close: () => Promise<void> } {
  const prisma = createClient(database, (adapter) => watchAdapter(adapter, watcher));
  return { prisma, close: () => prisma.$disconnect() };
}

function createClient(
  { name, url }: TestDatabase,
  wrap: (adapter: SqlDriverAdapter) => SqlDriverAdapter,
): PrismaClient {
  const factory: SqlDriverAdapterFactory =
    name === "sqlite" ? new PrismaBetterSqlite3({ url }) : new PrismaPg({ connectionString: url });
  const adapter: SqlDriverAdapterFactory = {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => wrap(await factory.connect()),
  };
  return name === "sqlite"
    ? new PrismaClient({ adapter })
    : // Both clients come from one schema; their types differ in names that no test uses.
      (new PostgresqlClient({ adapter }) as unknown as PrismaClient);
}

function watchAdapter(adapter: SqlDriverAdapter, watcher: Watcher): SqlDriverAdapter {
  return {
    ...watchQueries(adapter, watcher),
    executeScript: (script) => adapter.executeScript(script),
    startTransaction: async (level) => {
      const transaction = await adapter.startTransaction(level);
      return {
        ...watchQueries(transaction, watcher),
        options: transaction.options,
        commit: () => transaction.commit(),
        rollback: () => transaction.rollback(),
        createSavepoint: (name) => transaction.createSavepoint?.(name) ?? Promise.resolve(),
        rollbackToSavepoint: (name) => transaction.rollbackToSavepoint?.(name) ?? Promise.resolve(),
        releaseSavepoint: (name) => transaction.releaseSavepoint?.(name) ?? Promise.resolve(),
      };
    },
    getConnectionInfo: () => adapter.getConnectionInfo?.() ?? { supportsRelationJoins: false },
    dispose: () => adapter.dispose(),
  };
}

function watchQueries(queryable: SqlQueryable, watcher: Watcher): SqlQueryable {
  return {
    provider: queryable.provider,
    adapterName: queryable.adapterName,
    queryRaw: async (query) => {
      await watcher(query.sql, query.args);
      return await queryable.queryRaw(query);
    },
    executeRaw: async (query) => {
      await watcher(query.sql, query.args);
      return await queryable.executeRaw(query);
    },
  };
}
