import type { ChatMessage } from "../../chat/chat-message.ts";
import type { Database } from "../../orm/database/database.ts";
import type { MessageRow } from "../../orm/database/rows.ts";
import { readToolCalls } from "../../orm/messages/read-branch.ts";
import { toChatMessage } from "../../orm/messages/to-chat-message.ts";
import { groupBy } from "../../shared/collections/group-by.ts";

/** Turns rows into messages, with their tool calls and siblings. */
export async function readChatMessages(
  db: Database,
  chatId: string,
  rows: readonly MessageRow[],
): Promise<ChatMessage[]> {
  const [toolCalls, others] = await Promise.all([
    readToolCalls(db, rows),
    readSiblings(db, chatId, rows),
  ]);
  const callsByMessage = groupBy(toolCalls, (call) => call.messageId);
  return rows.map((row) => {
    // Two messages that are both shown are no versions of each other, also when neither has a parent.
    const siblings = others.filter(
      (other) =>
        other.id !== row.id &&
        (other.parentId ?? null) === (row.parentId ?? null) &&
        other.role === row.role &&
        (other.active === false || row.active === false),
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
  active: true,
} as const;

type Sibling = Pick<MessageRow, keyof typeof siblingColumns>;

/** The other messages with the parents of the rows; those without a parent only when they are not shown. */
async function readSiblings(
  db: Database,
  chatId: string,
  rows: readonly MessageRow[],
): Promise<readonly Sibling[]> {
  const parents = rows.map((row) => row.parentId ?? null);
  const ids = [...new Set(parents.filter((id) => id !== null))];
  const [siblings, roots] = await Promise.all([
    // By parents alone: with the chat's id, the database may read all of the chat, and with the branch, PostgreSQL may
    // read all messages that are on no active branch, when its statistics say that there are few of them.
    ids.length === 0
      ? []
      : db.message.findMany({
          where: { parentId: { in: ids }, id: { notIn: rows.map((row) => row.id) } },
          select: siblingColumns,
        }),
    parents.includes(null)
      ? db.message.findMany({
          where: { chatId, parentId: null, active: false, position: { not: null } },
          // An order that only the index of parents has, for the same reason.
          orderBy: { parentId: "asc" },
          select: siblingColumns,
        })
      : [],
  ]);
  return [...siblings.filter((row) => row.chatId === chatId), ...roots];
}
