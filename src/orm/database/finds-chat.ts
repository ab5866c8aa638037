import type { Database } from "./database.ts";
import type { Row } from "./client/prisma-client-like.ts";

/** Whether a chat is in a scope. Reads nothing else of it. */
export async function findsChat(db: Database, id: string, scope: Row): Promise<boolean> {
  const where = { id, ...scope };
  if (!db.raw.finds("chat", where))
    return (await db.chat.findFirst({ where, select: { id: true } })) !== null;
  return (await db.select(db.sql.find("chat", where))).length > 0;
}
