import type { Database } from "../../database/database.ts";
import type { ChatRow, MessageRow } from "../../database/rows.ts";
import { branchOf, readNewest, selection } from "../../messages/read-branch.ts";

/** The columns of `Head` that say something about the answer. */
export const headColumns = ["turnLock", "inputTokens", "outputTokens"] as const;

/** The newest message of the active branch. */
export type Head = Pick<
  MessageRow,
  "id" | "position" | "turnLock" | "inputTokens" | "outputTokens"
>;

/**
 * @param isFirst true for the first attempt, which saves a query. If it misses a message, the new rows violate a unique
 *   constraint.
 */
export async function readHead(
  db: Database,
  chat: ChatRow,
  isFirst: boolean,
): Promise<Head | null> {
  if (isFirst && (chat.lastPosition ?? 0) === 0) {
    const where = { ...branchOf(db, chat.id), position: null };
    return db.message.findFirst({ where, select: selection(["id", ...headColumns]) });
  }
  return (await readNewest(db, chat.id, 1, { columns: headColumns }))[0] ?? null;
}
