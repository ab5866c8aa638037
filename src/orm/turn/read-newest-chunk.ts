import type { Database } from "../database/database.ts";
import type { ChunkKind, ChunkRow } from "../database/rows.ts";

/** The last row of a message's log, or the last one of a kind: a sign of its producer, or what was decided about it. */
export async function readNewestChunk(
  db: Database,
  messageId: string,
  kind?: ChunkKind,
): Promise<ChunkRow | null> {
  const where = { messageId, ...(kind === undefined ? {} : { kind }) };
  return (await db.chunk?.findFirst({ where, orderBy: { seq: "desc" } })) ?? null;
}
