import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { PrismaPg } from "@prisma/adapter-pg";
import type {
  SqlDriverAdapter,
  SqlDriverAdapterFactory,
  SqlQueryable,
} from "@prisma/driver-adapter-utils";

import { PrismaClient as PostgresqlClient } from "../../../generated/postgresql/client.ts";
import { PrismaClient } from "../../../generated/sqlite/client.ts";
import type { TestDatabase } from "./describe-databases.ts";

/** Is told each statement before the database gets it. It can wait, and it can throw: then the database never gets it. */
export type Watcher = (statement: string, values: readonly unknown[]) => Promise<void> | void;

/** A client of the database whose statements, those of transactions included, pass by the watcher. */
export function watchStatements(
  database: Pick<TestDatabase, "name" | "url">,
  watcher: Watcher,
  { maxWait = 2_000, timeout = 5_000, onEnd = () => undefined }: WatchOptions = {},
): WatchedClient {
  const running = { count: 0 };
  const wrap = (adapter: SqlDriverAdapter): SqlDriverAdapter =>
    watchAdapter(adapter, { watcher, onEnd, running });
  const prisma = createClient(database, wrap, { maxWait, timeout });
  return { prisma, running, close: () => prisma.$disconnect() };
}

export interface WatchOptions {
  /** How long, in milliseconds, Prisma lets a transaction wait for its beginning; 2,000 by default. */
  readonly maxWait?: number;
  /** How long, in milliseconds, it lets one take; 5,000 by default. */
  readonly timeout?: number;
  /** Is told when the database has answered the statement with these very values, or has refused it. */
  readonly onEnd?: (values: readonly unknown[]) => void;
}

export interface WatchedClient {
  readonly prisma: PrismaClient;
  /** How many statements are under way. */
  readonly running: { readonly count: number };
  readonly close: () => Promise<void>;
}

interface Watch {
  readonly watcher: Watcher;
  readonly onEnd: (values: readonly unknown[]) => void;
  readonly running: { count: number };
}

function createClient(
  { name, url }: Pick<TestDatabase, "name" | "url">,
  wrap: (adapter: SqlDriverAdapter) => SqlDriverAdapter,
  transactionOptions: { maxWait: number; timeout: number },
): PrismaClient {
  const factory: SqlDriverAdapterFactory =
    name === "sqlite" ? new PrismaBetterSqlite3({ url }) : new PrismaPg({ connectionString: url });
  const adapter: SqlDriverAdapterFactory = {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => wrap(await factory.connect()),
  };
  return name === "sqlite"
    ? new PrismaClient({ adapter, transactionOptions })
    : // Both clients come from one schema; their types differ in names that no test uses.
      (new PostgresqlClient({
        adapter,
        transactionOptions,
      }) as unknown as PrismaClient);
}

function watchAdapter(adapter: SqlDriverAdapter, watch: Watch): SqlDriverAdapter {
  return {
    ...watchQueries(adapter, watch),
    executeScript: (script) => adapter.executeScript(script),
    startTransaction: async (level) => {
      // The adapters begin a transaction themselves.
      const begin = () => adapter.startTransaction(level);
      const transaction = await watchOne(watch, "BEGIN", [], begin);
      return {
        ...watchQueries(transaction, watch),
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

function watchQueries(queryable: SqlQueryable, watch: Watch): SqlQueryable {
  return {
    provider: queryable.provider,
    adapterName: queryable.adapterName,
    queryRaw: (query) => watchOne(watch, query.sql, query.args, () => queryable.queryRaw(query)),
    executeRaw: (query) =>
      watchOne(watch, query.sql, query.args, () => queryable.executeRaw(query)),
  };
}

async function watchOne<Result>(
  { watcher, onEnd, running }: Watch,
  sql: string,
  values: readonly unknown[],
  run: () => Promise<Result>,
): Promise<Result> {
  running.count++;
  try {
    await watcher(sql, values);
    return await run();
  } finally {
    running.count--;
    onEnd(values);
  }
}
