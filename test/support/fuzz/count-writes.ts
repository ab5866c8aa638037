import type {
  SqlDriverAdapter,
  SqlDriverAdapterFactory,
  SqlQueryable,
} from "@prisma/driver-adapter-utils";

/** The header of a response with the number of rows that its request had written by then. */
export const writesHeader = "x-writes";

/** Called with the number of rows that a statement, or a transaction that was committed, has written. */
type OnWrite = (rows: number) => void;

/** Counts the rows that reach the database. Those of a transaction that is rolled back do not. */
export function countWrites(
  factory: SqlDriverAdapterFactory,
  onWrite: OnWrite,
): SqlDriverAdapterFactory {
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => countingAdapter(await factory.connect(), onWrite),
  };
}

function countingAdapter(adapter: SqlDriverAdapter, onWrite: OnWrite): SqlDriverAdapter {
  return {
    ...countingQueries(adapter, onWrite),
    executeScript: (script) => adapter.executeScript(script),
    startTransaction: async (level) => {
      const transaction = await adapter.startTransaction(level);
      let pending = 0;
      return {
        ...countingQueries(transaction, (rows) => (pending += rows)),
        options: transaction.options,
        commit: async () => {
          await transaction.commit();
          onWrite(pending);
        },
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

function countingQueries(queryable: SqlQueryable, onWrite: OnWrite): SqlQueryable {
  const isWrite = (sql: string): boolean => /^\s*(INSERT|UPDATE|DELETE)/i.test(sql);
  return {
    provider: queryable.provider,
    adapterName: queryable.adapterName,
    queryRaw: async (query) => {
      const result = await queryable.queryRaw(query);
      if (isWrite(query.sql)) onWrite(result.rows.length);
      return result;
    },
    executeRaw: async (query) => {
      const rows = await queryable.executeRaw(query);
      if (isWrite(query.sql)) onWrite(rows);
      return rows;
    },
  };
}
