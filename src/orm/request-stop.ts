import type { Database } from "./database.ts";
import { isForeignKeyViolation, isUniqueViolation } from "./prisma-errors.ts";
import { readNewestChunk } from "./read-newest-chunk.ts";
import type { MessageRow } from "./rows.ts";

const attempts = 10;

/**
 * Asks the process that produces a message to stop, through the message's log: its next write finds the
 * place taken. False when it has been asked before, or the message has ended.
 */
export async function requestStop(db: Database, message: MessageRow): Promise<boolean> {
  if (db.chunk === null) return false;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const newest = await readNewestChunk(db, message.id);
    if (newest?.kind === "stop" || newest?.kind === "fence") return false;
    const values = [message.id, (newest?.seq ?? -1) + 1, "stop", "", newest?.at ?? 0];
    try {
      await db.write(() => db.execute(db.sql.insertChunks(1), values));
      return true;
    } catch (error) {
      if (isForeignKeyViolation(error)) return false;
      if (!isUniqueViolation(error)) throw error;
    }
  }
  return false;
}
