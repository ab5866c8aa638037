import type {
  SqlDriverAdapter,
  SqlDriverAdapterFactory,
  SqlQueryable,
} from "@prisma/driver-adapter-utils";

/** Counts the statements of a client, with those that begin and end transactions. It costs one addition for each. */
export class StatementCounter {
  #count = 0;

  get count(): number {
    return this.#count;
  }

  readonly wrap = (factory: SqlDriverAdapterFactory): SqlDriverAdapterFactory => ({
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => this.#countTransactions(await factory.connect()),
  });

  #countTransactions(adapter: SqlDriverAdapter): SqlDriverAdapter {
    const start = adapter.startTransaction.bind(adapter);
    return Object.assign(this.#countQueries(adapter), {
      startTransaction: async (...args: Parameters<typeof start>) => {
        // The adapter has sent BEGIN itself. COMMIT and ROLLBACK come as queries of the transaction.
        this.#count++;
        return this.#countQueries(await start(...args));
      },
    });
  }

  #countQueries<Adapter extends SqlQueryable>(adapter: Adapter): Adapter {
    const query = adapter.queryRaw.bind(adapter);
    const execute = adapter.executeRaw.bind(adapter);
    return Object.assign(adapter, {
      queryRaw: (...args: Parameters<typeof query>) => {
        this.#count++;
        return query(...args);
      },
      executeRaw: (...args: Parameters<typeof execute>) => {
        this.#count++;
        return execute(...args);
      },
    });
  }
}
