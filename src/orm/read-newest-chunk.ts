import type { Database } from "./database.ts";
import type { ChunkRow } from "./rows.ts";

/** The last row of a message's log: the last sign of its producer, or what was decided about it. */
export async function readNewestChunk(db: Database, messageId: string): Promise<ChunkRow | null> {
  const where = { messageId };
  return (await db.chunk?.findFirst({ where, orderBy: { seq: "desc" } })) ?? null;
}
