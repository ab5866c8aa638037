import type { Database } from "../database/database.ts";
import { isConstraintViolation, isRecordNotFound } from "../database/prisma-errors.ts";
import type { Row } from "../database/prisma-client-like.ts";
import type { ChunkRow, MessageRow } from "../database/rows.ts";
import { takeMessage } from "./take-message.ts";

/**
 * Ends a message that no process produces, and gives the chat free. Whoever decides about a message takes its row
 * first and a place in its log second: two of them wait for each other in one order, and the second one finds the
 * place taken.
 *
 * @param newest the last row of its log when that was found out; null for an empty log.
 * @param end the columns of the message.
 * @param calls what becomes of its tool calls that have no result.
 * @returns false when the message has gone on or ended since then: nothing has been changed.
 */
export async function endUnowned(
  db: Database,
  message: MessageRow,
  newest: ChunkRow | null,
  end: Row,
  calls: readonly { readonly where: Row; readonly data: Row }[],
): Promise<boolean> {
  const { id, chatId } = message;
  const seq = newest?.seq ?? -1;
  try {
    await db.batch([
      takeMessage(db, message),
      db.execute(db.sql.fence(seq, newest?.at ?? 0), [id, id, chatId]),
      db.message.updateMany({ where: { id, turnLock: chatId }, data: { ...end, turnLock: null } }),
      ...calls.map(({ where, data }) =>
        db.toolCall.updateMany({ where: { ...where, messageId: id }, data }),
      ),
      ...(db.chunk === null
        ? []
        : [db.chunk.deleteMany({ where: { messageId: id, seq: { lte: seq } } })]),
    ]);
    return true;
  } catch (error) {
    if (!isConstraintViolation(error) && !isRecordNotFound(error)) throw error;
    return false;
  }
}
