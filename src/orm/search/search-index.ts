import type { Database } from "../database/database.ts";
import type { Row } from "../database/client/prisma-client-like.ts";
import type { Candidates } from "./candidates.ts";
import { searchFts } from "./search-fts.ts";
import { searchTrigrams } from "./search-trigrams.ts";

/**
 * Asks the database's index where a text may stand.
 *
 * @returns null when it cannot say so: there is no index, the text is too short for it, or too many messages may have
 * the text.
 */
export function searchIndex(db: Database, scope: Row, text: string): Promise<Candidates | null> {
  if (db.sql.provider === "sqlite") return searchFts(db, scope, text);
  if (db.sql.provider === "postgresql") return searchTrigrams(db, scope, text);
  return Promise.resolve(null);
}
