import type { ChatMessage } from "../../chat/chat-message.ts";
import type { Database } from "../../orm/database/database.ts";
import type { Row } from "../../orm/database/prisma-client-like.ts";
import type { MessageRow } from "../../orm/database/rows.ts";
import { readToolCalls } from "../../orm/messages/read-branch.ts";
import { toChatMessage } from "../../orm/messages/to-chat-message.ts";
import { groupBy } from "../../shared/group-by.ts";

/** Turns rows into messages, with their tool calls and siblings. */
export async function readChatMessages(
  db: Database,
  chatId: string,
  rows: readonly MessageRow[],
): Promise<ChatMessage[]> {
  const [toolCalls, others] = await Promise.all([
    readToolCalls(db, rows),
    readInactiveSiblings(db, chatId, rows),
  ]);
  const callsByMessage = groupBy(toolCalls, (call) => call.messageId);
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

/** Messages outside the active branch that have a parent in common with one of the rows. Most chats have none. */
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
