import type { Database } from "../database/database.ts";
import type { PrismaPromise, Row } from "../database/prisma-client-like.ts";
import type { ChatRow } from "../database/rows.ts";

/**
 * The statement that changes a chat as it was read. The transaction that it is a part of fails with P2025
 * (`isRecordNotFound`) when another one has added messages or chosen a branch since then: each of them raises
 * `lastPosition`.
 */
export function changeChat(db: Database, chat: ChatRow, data: Row): PrismaPromise<unknown> {
  return db.chat.update({
    where: { id: chat.id, lastPosition: chat.lastPosition },
    data,
    select: { id: true },
  });
}
