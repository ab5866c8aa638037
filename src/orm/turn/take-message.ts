import type { Database } from "../database/database.ts";
import type { PrismaPromise } from "../database/prisma-client-like.ts";
import type { MessageRow } from "../database/rows.ts";

/**
 * The first statement of a transaction that decides about a message in progress, or adds to it: no other one can until
 * it ends. The transaction fails with P2025 (`isRecordNotFound`) when the message has ended.
 */
export function takeMessage(
  db: Database,
  { id, chatId }: Pick<MessageRow, "id" | "chatId">,
): PrismaPromise<unknown> {
  return db.message.update({
    where: { id, turnLock: chatId },
    data: { turnLock: chatId },
    select: { id: true },
  });
}
