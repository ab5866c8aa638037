import type { Database } from "./database.ts";
import { isForeignKeyViolation, isUniqueViolation } from "./prisma-errors.ts";
import type { ChunkRow, MessageRow } from "./rows.ts";

/** How an answer ends that nobody has allowed to go on. */
export interface WaitingEnd {
  readonly status: "stopped" | "failed";
  readonly errorCode: string | null;
  /** The result of the calls that have none. */
  readonly toolResult: string;
}

/**
 * Ends an answer that waits for an approval, and gives the chat free.
 *
 * @param newest the last row of its log.
 * @returns the row as it now stands; null when it goes on, or has ended, meanwhile.
 */
export async function endWaiting(
  db: Database,
  message: MessageRow,
  { status, errorCode, toolResult }: WaitingEnd,
  newest: ChunkRow,
): Promise<MessageRow | null> {
  const finishedAt = new Date();
  const end = { status, errorCode, turnLock: null, finishedAt };
  const seq = newest.seq + 1;
  try {
    await db.batch([
      // Whoever takes this place in the log decides: a decision on the last call takes it, too.
      db.execute(db.sql.insertChunks(1), [message.id, seq, "fence", "", newest.at]),
      db.message.updateMany({ where: { id: message.id, turnLock: message.chatId }, data: end }),
      db.toolCall.updateMany({
        where: { messageId: message.id, result: null },
        data: { status: "denied", result: toolResult, finishedAt },
      }),
      ...(db.chunk === null
        ? []
        : [db.chunk.deleteMany({ where: { messageId: message.id, seq: { lt: seq } } })]),
    ]);
  } catch (error) {
    if (isUniqueViolation(error) || isForeignKeyViolation(error)) return null;
    throw error;
  }
  return { ...message, ...end };
}
