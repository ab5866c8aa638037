import type { Database } from "../database/database.ts";
import type { ChatRow } from "../database/rows.ts";
import { inOrder } from "./message-order.ts";
import { provisionalTitle } from "./provisional-title.ts";

/**
 * Gives a title to chats that have none because they are older than that column: the first line of their first question,
 * as new chats get it.
 *
 * @returns the chats, with their titles.
 */
export async function nameOldChats(
  db: Database,
  chats: readonly ChatRow[],
): Promise<readonly ChatRow[]> {
  // The first turn of this package in a chat gives it a title.
  const unnamed = chats.filter((chat) => chat.title === null && (chat.lastPosition ?? 0) === 0);
  if (unnamed.length === 0) return chats;
  const asked = await db.message.groupBy({
    by: ["chatId"],
    where: { chatId: { in: unnamed.map((chat) => chat.id) }, role: "user", position: null },
  });
  const titles = new Map<string, string>();
  for (const { chatId } of asked) {
    const title = await readTitle(db, chatId);
    if (title !== null) titles.set(chatId, title);
  }
  for (const chat of unnamed) {
    const title = titles.get(chat.id);
    if (title === undefined) continue;
    // The chat keeps its place in the list.
    const data = { title, updatedAt: chat.updatedAt };
    await db.write(() => db.chat.updateMany({ where: { id: chat.id, title: null }, data }));
  }
  return chats.map((chat) => ({ ...chat, title: titles.get(chat.id) ?? chat.title ?? null }));
}

async function readTitle(db: Database, chatId: string): Promise<string | null> {
  const oldest = await db.message.findMany({
    where: { chatId, role: "user" },
    orderBy: [{ createdAt: "asc" }, { id: "asc" }],
    // Several may be of the same millisecond.
    take: 8,
  });
  const [first] = await inOrder(db, chatId, oldest);
  return provisionalTitle(first?.content ?? "");
}
