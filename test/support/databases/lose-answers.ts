import type { SqlDriverAdapter, SqlQueryable, Transaction } from "@prisma/driver-adapter-utils";
import { DriverAdapterError } from "@prisma/driver-adapter-utils";

import type { PrismaClient } from "../../../generated/sqlite/client.ts";
import type { TestDatabase } from "./describe-databases.ts";

/** A client that loses what the database answers. */
export interface Losing {
  readonly prisma: PrismaClient;
  /** Counts writes from now on, and loses the answer of one of them: 1 is the next one. 0 loses none. */
  readonly arm: (write: number) => void;
  /** How many writes there were since. Each statement of a transaction counts, and its end. */
  readonly count: () => number;
}

/** Opens a client whose connection may break after the database has done what it was asked, and before it says so. */
export function loseAnswers(database: Pick<TestDatabase, "connect">): Losing {
  let lost = 0;
  let count = 0;
  const answered = async <Result>(answer: Promise<Result>): Promise<Result> => {
    const result = await answer;
    if (++count !== lost) return result;
    throw new DriverAdapterError({ kind: "ConnectionClosed" });
  };
  const isWrite = (text: string): boolean => /^\s*(INSERT|UPDATE|DELETE)/i.test(text);
  const queries = (queryable: SqlQueryable): SqlQueryable => ({
    provider: queryable.provider,
    adapterName: queryable.adapterName,
    queryRaw: (query) =>
      isWrite(query.sql) ? answered(queryable.queryRaw(query)) : queryable.queryRaw(query),
    executeRaw: (query) =>
      isWrite(query.sql) ? answered(queryable.executeRaw(query)) : queryable.executeRaw(query),
  });
  const transactionOf = (transaction: Transaction): Transaction => ({
    ...queries(transaction),
    options: transaction.options,
    commit: () => answered(transaction.commit()),
    rollback: () => transaction.rollback(),
  });
  const adapterOf = (adapter: SqlDriverAdapter): SqlDriverAdapter => ({
    ...queries(adapter),
    executeScript: (script) => adapter.executeScript(script),
    startTransaction: async (level) => transactionOf(await adapter.startTransaction(level)),
    getConnectionInfo: () => adapter.getConnectionInfo?.() ?? { supportsRelationJoins: false },
    dispose: () => adapter.dispose(),
  });
  const prisma = database.connect({
    wrap: (factory) => ({
      provider: factory.provider,
      adapterName: factory.adapterName,
      connect: async () => adapterOf(await factory.connect()),
    }),
  });
  const arm = (write: number): void => {
    lost = write;
    count = 0;
  };
  return { prisma, arm, count: () => count };
}
