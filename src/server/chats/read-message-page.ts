import type { Database } from "../../orm/database/database.ts";
import type { Row } from "../../orm/database/prisma-client-like.ts";
import type { MessageRow } from "../../orm/database/rows.ts";
import { branchOrder, readNewest } from "../../orm/messages/read-branch.ts";
import { invalidCursor } from "../errors.ts";

/**
 * Reads a page of the active branch, oldest message first. The first page is the newest; its cost does not depend on
 * the length of the chat.
 *
 * @param cursor `nextCursor` of the page before; null for the first page.
 * @throws ChatError `BAD_REQUEST` when the cursor is not one of this list.
 */
export async function readMessagePage(
  db: Database,
  chatId: string,
  cursor: string | null,
  limit: number,
): Promise<{ readonly rows: readonly MessageRow[]; readonly nextCursor: string | null }> {
  const newestFirst = await readOlder(db, { chatId, active: true }, cursor, limit + 1);
  const rows = newestFirst.slice(0, limit).toReversed();
  const oldest = rows[0];
  return {
    rows,
    nextCursor:
      newestFirst.length > limit && oldest !== undefined ? formatPageCursor(oldest) : null,
  };
}

/** Rows that are older than the column `position` come before all others, in the order of their time. */
function formatPageCursor(row: MessageRow): string {
  return row.position == null ? `t${row.createdAt.getTime()}.${row.id}` : `p${row.position}`;
}

function readOlder(
  db: Database,
  where: Row,
  cursor: string | null,
  take: number,
): Promise<MessageRow[]> {
  if (cursor === null) return readNewest(db, where, take);
  const byPosition = /^p(\d{1,10})$/.exec(cursor);
  const position = byPosition === null ? null : Number(byPosition[1]);
  // The column has 32 bits: databases reject a comparison with a larger number.
  if (position !== null && position < 2 ** 31)
    return readNewest(db, where, take, { below: position });
  const byTime = /^t(\d{1,15})\.(.+)$/.exec(cursor);
  if (byTime === null) throw invalidCursor();
  const createdAt = new Date(Number(byTime[1]));
  const older = [{ createdAt: { lt: createdAt } }, { createdAt, id: { lt: byTime[2] } }];
  return db.message.findMany({
    where: { ...where, position: null, OR: older },
    orderBy: branchOrder(db, "desc"),
    take,
  });
}
