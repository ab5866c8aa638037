/** A statement that locks the row of an update. */
interface RowLock {
  readonly sql: string;
  readonly values: readonly unknown[];
  /** True to take the lock before everything else in the transaction. */
  readonly isFirst: boolean;
}

/**
 * The locks that MySQL needs for updates which fail with P2025 when their row is no longer as it was. It cannot return
 * the rows that it has changed, so Prisma selects the row, updates it, and does not notice when the row was changed
 * between the two.
 */
export class RowLocks<Query extends object> {
  readonly #locks = new WeakMap<Query, RowLock>();

  add(update: Query, lock: RowLock): void {
    this.#locks.set(update, lock);
  }

  /** True when the query has to run in a transaction, for its lock to last. */
  has(query: Query): boolean {
    return this.#locks.has(query);
  }

  /**
   * Adds the locks to the queries of a transaction.
   *
   * @param create makes the query of a lock.
   * @returns all queries, and a function that takes the results of the given ones out of those of all.
   */
  addTo(
    queries: readonly Query[],
    create: (sql: string, values: readonly unknown[]) => Query,
  ): {
    readonly all: readonly Query[];
    readonly ownOf: (results: readonly unknown[]) => readonly unknown[];
  } {
    const locks = queries.map((query) => this.#locks.get(query));
    const first = locks.flatMap((lock) =>
      lock?.isFirst === true ? [create(lock.sql, lock.values)] : [],
    );
    const all = [...first];
    const places = queries.map((query, index) => {
      const lock = locks[index];
      if (lock?.isFirst === false) all.push(create(lock.sql, lock.values));
      return all.push(query) - 1;
    });
    return { all, ownOf: (results) => places.map((place) => results[place]) };
  }
}
