import type { Database } from "../database/database.ts";
import type { Row } from "../database/prisma-client-like.ts";
import type { MessageRow } from "../database/rows.ts";

/**
 * The newest messages of a chat, newest first. Rows from before positions existed stand behind all others;
 * they are asked for by themselves, since no index serves both orders at once: the database would sort the
 * whole chat for each page.
 *
 * @param where what else the messages have to be, besides the condition on their position.
 * @param below only those whose position is less.
 * @param columns all by default.
 */
export async function readNewest<Column extends keyof MessageRow = keyof MessageRow>(
  db: Database,
  where: Row,
  take: number,
  { below, columns }: { below?: number | undefined; columns?: readonly Column[] } = {},
): Promise<Pick<MessageRow, Column>[]> {
  const select = columns === undefined ? {} : { select: selection(columns) };
  if (!db.has("message", "position"))
    return db.message.findMany({ where, orderBy: byTime, take, ...select });
  const position = below === undefined ? { not: null } : { lt: below };
  const placed = await db.message.findMany({
    where: { ...where, position },
    orderBy: { position: "desc" },
    take,
    ...select,
  });
  if (placed.length === take) return placed;
  const unplaced = await db.message.findMany({
    where: { ...where, position: null },
    orderBy: byTime,
    take: take - placed.length,
    ...select,
  });
  return [...placed, ...unplaced];
}

function selection(columns: readonly string[]): Record<string, true> {
  return Object.fromEntries(columns.map((column) => [column, true]));
}

const byTime = [{ createdAt: "desc" }, { id: "desc" }];
