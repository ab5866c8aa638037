import type { Database } from "../../orm/database/database.ts";
import type { ChatRow, MessageRow } from "../../orm/database/rows.ts";
import { placeMessages } from "../../orm/messages/place-messages.ts";
import { readNewest } from "../../orm/messages/read-branch.ts";
import { sizeToolCalls } from "../../orm/messages/size-tool-calls.ts";
import { invalidCursor } from "../errors.ts";

/** So many rows are read at once: a page of the default size, and one that shows whether there are more. */
const rowsAtOnce = 51;
/** A page ends with the message that reaches this size, so that no page has all texts of a long chat. */
const maxPageSize = 2_000_000;

/**
 * Reads a page of the active branch, oldest message first. The first page is the newest; its cost does not depend on
 * the length of the chat. A page of long messages, or of large tool calls, is shorter than `limit`.
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
  let below = cursor === null ? undefined : parsePageCursor(cursor);
  const newestFirst: MessageRow[] = [];
  let size = 0;
  let hasMore = false;
  for (let isRead = false; !isRead && !hasMore;) {
    const take = Math.min(limit + 1 - newestFirst.length, rowsAtOnce);
    const found = await readNewest(db, chatId, take, { below, near: lastPosition });
    const toolBytes = await sizeToolCalls(db, found);
    for (const row of found) {
      hasMore ||= newestFirst.length === limit || (size >= maxPageSize && newestFirst.length > 0);
      if (hasMore) break;
      newestFirst.push(row);
      size += charsOf(row) + (toolBytes.get(row.id) ?? 0);
    }
    below = newestFirst.at(-1)?.position ?? undefined;
    isRead = found.length < take || below === undefined;
  }
  const rows = newestFirst.toReversed();
  const oldest = rows[0];
  return { rows, nextCursor: hasMore && oldest !== undefined ? formatPageCursor(oldest) : null };
}

function charsOf({ content, contentRaw, thinkingText, parts }: MessageRow): number {
  return [content, contentRaw, thinkingText, parts].reduce(
    (sum, text) => sum + (text?.length ?? 0),
    0,
  );
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
