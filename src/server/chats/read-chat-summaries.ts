import type { ChatSummary } from "../../chat/chat-summary.ts";
import type { Database } from "../../orm/database/database.ts";
import type { ChatRow } from "../../orm/database/rows.ts";
import { nameOldChats } from "../../orm/messages/name-old-chats.ts";
import { selection } from "../../orm/messages/read-branch.ts";
import { progressColumns, recoverMessage } from "../../orm/turn/recover.ts";
import { toChatSummary } from "./to-chat-summary.ts";

/** Turns rows into summaries with their answers in progress. Answers whose process is gone are ended first. */
export async function readChatSummaries(
  db: Database,
  chats: readonly ChatRow[],
): Promise<ChatSummary[]> {
  if (chats.length === 0) return [];
  const messages = await db.message.findMany({
    where: { turnLock: { in: chats.map((chat) => chat.id) } },
    select: selection(progressColumns),
  });
  const active = new Map<string, string>();
  for (const message of messages) {
    if ((await recoverMessage(db, message)) === null) active.set(message.chatId, message.id);
  }
  const named = await nameOldChats(db, chats);
  return named.map((chat) => toChatSummary(chat, active.get(chat.id) ?? null));
}
