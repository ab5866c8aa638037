import type {
  SqlDriverAdapter,
  SqlDriverAdapterFactory,
  SqlQueryable,
} from "@prisma/driver-adapter-utils";

import type { PrismaClient } from "../../../generated/sqlite/client.ts";
import type { TestDatabase } from "./describe-databases.ts";
import { openClient } from "./open-client.ts";

/** Called with each statement before the database gets it. It can delay the statement, or throw to drop it. */
export type Watcher = (statement: string, values: readonly unknown[]) => Promise<void> | void;

/** Opens a client whose statements, also those in transactions, are passed to the watcher first. */
export function watchStatements(
  { url }: Pick<TestDatabase, "url">,
  watcher: Watcher,
  { maxWait = 2_000, timeout = 5_000, onEnd = () => undefined }: WatchOptions = {},
): WatchedClient {
  const running = { count: 0 };
  const wrap = (factory: SqlDriverAdapterFactory): SqlDriverAdapterFactory => ({
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => watchAdapter(await factory.connect(), { watcher, onEnd, running }),
  });
  const prisma = openClient(url, { wrap, transactionOptions: { maxWait, timeout } });
  return { prisma, running, close: () => prisma.$disconnect() };
}

export interface WatchOptions {
  /** How long Prisma waits for a transaction to begin, in milliseconds. 2,000 by default. */
  readonly maxWait?: number;
  /** How long a transaction may take, in milliseconds. 5,000 by default. */
  readonly timeout?: number;
  /** Called with the same array of values once the database has answered or refused the statement. */
  readonly onEnd?: (values: readonly unknown[]) => void;
}

export interface WatchedClient {
  readonly prisma: PrismaClient;
  /** How many statements are running. */
  readonly running: { readonly count: number };
  readonly close: () => Promise<void>;
}

interface Watch {
  readonly watcher: Watcher;
  readonly onEnd: (values: readonly unknown[]) => void;
  readonly running: { count: number };
}

function watchAdapter(adapter: SqlDriverAdapter, watch: Watch): SqlDriverAdapter {
  return {
    ...watchQueries(adapter, watch),
    executeScript: (script) => adapter.executeScript(script),
    startTransaction: async (level) => {
      // The adapters send BEGIN themselves, so it does not pass through `executeRaw`.
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
