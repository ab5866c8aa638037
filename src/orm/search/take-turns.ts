import { setImmediate } from "node:timers/promises";
import type { Database } from "../database/database.ts";
import { WriteQueue } from "../database/write-queue.ts";

/** All searches of this process on SQLite. */
const queue = new WriteQueue();

/**
 * Runs a short query of a search. SQLite's driver blocks the process during a query, so the searches of all callers
 * share one queue, and everything else that is due comes between two of their queries.
 */
export function takeTurn<Result>(db: Database, query: () => Promise<Result>): Promise<Result> {
  if (db.sql.provider !== "sqlite") return query();
  return queue.run(async () => {
    await setImmediate();
    return query();
  });
}
