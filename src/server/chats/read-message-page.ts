import { ChatError } from "../../chat/chat-error.ts";
import type { ChatMessage } from "../../chat/chat-message.ts";
import type { Database } from "../../orm/database/database.ts";
import { branchOrder, readNewest, readToolCalls } from "../../orm/messages/read-branch.ts";
import type { Row } from "../../orm/database/prisma-client-like.ts";
import type { MessageRow, ToolCallRow } from "../../orm/database/rows.ts";
import { toChatMessage } from "../../orm/messages/to-chat-message.ts";

/**
 * A page of the active branch, oldest first; the first page is the newest. What it costs does not depend on
 * how long the chat is.
 */
export async function readMessagePage(
  db: Database,
  chatId: string,
  cursor: string | null,
  limit: number,
): Promise<{ readonly rows: readonly MessageRow[]; readonly nextCursor: string | null }> {
  const newestFirst = await readBehind(db, { chatId, active: true }, cursor, limit + 1);
  const rows = newestFirst.slice(0, limit).toReversed();
  const oldest = rows[0];
  return {
    rows,
    nextCursor:
      newestFirst.length > limit && oldest !== undefined ? formatPageCursor(oldest) : null,
  };
}

/** The rows as messages, with their tool calls and siblings. */
export async function toMessages(
  db: Database,
  chatId: string,
  rows: readonly MessageRow[],
): Promise<ChatMessage[]> {
  const [toolCalls, others] = await Promise.all([
    readToolCalls(db, rows),
    readInactiveSiblings(db, chatId, rows),
  ]);
  const callsByMessage = new Map<string, ToolCallRow[]>();
  for (const call of toolCalls) {
    callsByMessage.set(call.messageId, [...(callsByMessage.get(call.messageId) ?? []), call]);
  }
  return rows.map((row) => {
    const siblings = others.filter(
      (other) => (other.parentId ?? null) === (row.parentId ?? null) && other.role === row.role,
    );
    const inOrder = [row, ...siblings].toSorted((a, b) => (a.position ?? 0) - (b.position ?? 0));
    return toChatMessage(row, {
      toolCalls: callsByMessage.get(row.id) ?? [],
      siblingIds: inOrder.map((sibling) => sibling.id),
    });
  });
}

/** Messages off the active branch that share a parent with one of the page. Most chats have none. */
async function readInactiveSiblings(
  db: Database,
  chatId: string,
  rows: readonly MessageRow[],
): Promise<MessageRow[]> {
  const parents = rows.map((row) => row.parentId ?? null);
  const ids = parents.filter((id) => id !== null);
  const isFirstPage = parents.includes(null);
  const alternatives: Row[] = [];
  if (ids.length > 0) alternatives.push({ parentId: { in: ids } });
  if (isFirstPage) alternatives.push({ parentId: null, position: { not: null } });
  if (alternatives.length === 0) return [];
  return db.message.findMany({ where: { chatId, active: false, OR: alternatives } });
}

/** Rows from before positions existed stand before all others, and are told apart by their time. */
function formatPageCursor(row: MessageRow): string {
  return row.position == null ? `t${row.createdAt.getTime()}.${row.id}` : `p${row.position}`;
}

function readBehind(
  db: Database,
  where: Row,
  cursor: string | null,
  take: number,
): Promise<MessageRow[]> {
  if (cursor === null) return readNewest(db, where, take);
  const byPosition = /^p(\d{1,10})$/.exec(cursor);
  const position = byPosition === null ? null : Number(byPosition[1]);
  // A larger one is no position: the columns have 32 bits.
  if (position !== null && position < 2 ** 31)
    return readNewest(db, where, take, { below: position });
  const byTime = /^t(\d{1,15})\.(.+)$/.exec(cursor);
  if (byTime === null) {
    throw new ChatError(
      "BAD_REQUEST",
      "The cursor is not one of this list. Start again from the newest page.",
    );
  }
  const createdAt = new Date(Number(byTime[1]));
  const older = [{ createdAt: { lt: createdAt } }, { createdAt, id: { lt: byTime[2] } }];
  return db.message.findMany({
    where: { ...where, position: null, OR: older },
    orderBy: branchOrder(db, "desc"),
    take,
  });
}
