import type { Database } from "../../orm/database/database.ts";
import type { ChatRow, MessageRow } from "../../orm/database/rows.ts";
import { placeMessages } from "../../orm/messages/place-messages.ts";
import { readNewest } from "../../orm/messages/read-branch.ts";
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
  { id: chatId, lastPosition }: Pick<ChatRow, "id" | "lastPosition">,
  cursor: string | null,
  limit: number,
): Promise<{ readonly rows: readonly MessageRow[]; readonly nextCursor: string | null }> {
  if (cursor === null) await placeMessages(db, chatId);
  const below = cursor === null ? undefined : parsePageCursor(cursor);
  const newestFirst = await readNewest(db, chatId, limit + 1, { below, near: lastPosition });
  const rows = newestFirst.slice(0, limit).toReversed();
  const oldest = rows[0];
  return {
    rows,
    nextCursor:
      newestFirst.length > limit && oldest !== undefined ? formatPageCursor(oldest) : null,
  };
}

function formatPageCursor(row: MessageRow): string {
  return `p${row.position ?? 0}`;
}

function parsePageCursor(cursor: string): number {
  const [, digits] = /^p(\d{1,10})$/.exec(cursor) ?? [];
  const position = Number(digits ?? Infinity);
  // The column has 32 bits: databases reject a comparison with a larger number.
  if (position >= 2 ** 31) throw invalidCursor();
  return position;
}
