import type { ChatMessage } from "../../chat/chat-message.ts";
import type { Database } from "../../orm/database/database.ts";
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

/** What says where a message stands among its siblings. */
const siblingColumns = {
  id: true,
  chatId: true,
  parentId: true,
  role: true,
  position: true,
} as const;

type Sibling = Pick<MessageRow, keyof typeof siblingColumns>;

/** Messages outside the active branch that have a parent in common with one of the rows. Most chats have none. */
async function readInactiveSiblings(
  db: Database,
  chatId: string,
  rows: readonly MessageRow[],
): Promise<readonly Sibling[]> {
  const parents = rows.map((row) => row.parentId ?? null);
  const ids = [...new Set(parents.filter((id) => id !== null))];
  const [siblings, roots] = await Promise.all([
    // Without the chat's id, so that the database has no reason to read all of a chat.
    ids.length === 0
      ? []
      : db.message.findMany({
          where: { parentId: { in: ids }, active: false },
          select: siblingColumns,
        }),
    parents.includes(null)
      ? db.message.findMany({
          where: { chatId, parentId: null, active: false, position: { not: null } },
          select: siblingColumns,
        })
      : [],
  ]);
  return [...siblings.filter((row) => row.chatId === chatId), ...roots];
}
