import { ChatError } from "../../chat/chat-error.ts";
import type { Database } from "../database/database.ts";
import type { PrismaPromise, Row } from "../database/client/prisma-client-like.ts";
import type { ChatRow } from "../database/rows.ts";

/**
 * Reads a chat row.
 *
 * @param scope columns that the row must have, such as its owner's id.
 * @throws ChatError `NOT_FOUND` when there is no such row.
 */
export async function readChat(db: Database, id: string, scope: Row = {}): Promise<ChatRow> {
  const chat = await db.chat.findFirst({ where: { id, ...scope } });
  if (chat === null) throw noSuchChat();
  return chat;
}

/**
 * The query that updates a chat only if it is still as it was read. Its transaction fails with P2025
 * (`isRecordNotFound`) when another one has since added messages or selected a branch, because each of those raises
 * `lastPosition`.
 */
export function changeChat(db: Database, chat: ChatRow, data: Row): PrismaPromise<unknown> {
  return db.chat.update({
    where: { id: chat.id, lastPosition: chat.lastPosition },
    data,
    select: { id: true },
  });
}

export function noSuchChat(): ChatError {
  return new ChatError(
    "NOT_FOUND",
    "There is no such chat. It may have been deleted: go back to the list.",
  );
}

/** For a writer that has lost against other writers of the chat on every attempt. */
export function chatChangedError(): ChatError {
  return new ChatError("CONFLICT", "Somebody else is changing this chat. Try again.");
}
