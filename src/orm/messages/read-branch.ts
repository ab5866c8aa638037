import { groupBy } from "../../shared/group-by.ts";
import type { Database } from "../database/database.ts";
import type { Row } from "../database/prisma-client-like.ts";
import type { MessageRow, ToolCallRow } from "../database/rows.ts";
import { inOrder } from "./message-order.ts";

/** The messages of the active branch, oldest first. */
export async function readBranch(db: Database, chatId: string): Promise<readonly MessageRow[]> {
  return inOrder(db, chatId, await db.message.findMany({ where: branchOf(db, chatId) }));
}

/** The conditions for the messages of a chat's active branch. */
export function branchOf(db: Database, chatId: string): Row {
  return { chatId, ...(db.has("message", "active") ? { active: true } : {}) };
}

/** The order of a branch. Rows without a position are older than that column and come first, by their time. */
export function branchOrder(db: Database, sort: "asc" | "desc"): unknown[] {
  const byTime = [{ createdAt: sort }, { id: sort }];
  if (!db.has("message", "position")) return byTime;
  return [{ position: { sort, nulls: sort === "asc" ? "first" : "last" } }, ...byTime];
}

/**
 * The newest messages, newest first. Rows without a position come last, by a query of their own: no index serves
 * both orders, so one query for all rows would sort the whole chat for each page.
 *
 * @param where further conditions for the messages, such as their chat.
 * @param options.below only messages with a lower position.
 * @param options.columns all by default.
 */
export async function readNewest<Column extends keyof MessageRow = keyof MessageRow>(
  db: Database,
  where: Row,
  take: number,
  { below, columns }: { below?: number | undefined; columns?: readonly Column[] } = {},
): Promise<Pick<MessageRow, Column>[]> {
  const select = columns === undefined ? {} : { select: selection(columns) };
  if (!db.has("message", "position"))
    return db.message.findMany({ where, orderBy: newestFirst, take, ...select });
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
    orderBy: newestFirst,
    take: take - placed.length,
    ...select,
  });
  return [...placed, ...unplaced];
}

function selection(columns: readonly string[]): Record<string, true> {
  return Object.fromEntries(columns.map((column) => [column, true]));
}

const newestFirst = [{ createdAt: "desc" }, { id: "desc" }];

/** At most this many ids go into one query, well below the number of bound values that databases accept. */
export const maxIds = 500;

/** The tool calls of the given messages, in the order in which the model made them. */
export async function readToolCalls(
  db: Database,
  messages: readonly MessageRow[],
): Promise<ToolCallRow[]> {
  if (!db.hasModel("toolCall")) return [];
  const ids = messages
    .filter((row) => row.role === "assistant" && (row.parts === undefined || mayHaveTools(row)))
    .map((row) => row.id);
  const rows: ToolCallRow[] = [];
  for (let start = 0; start < ids.length; start += maxIds) {
    const messageId = { in: ids.slice(start, start + maxIds) };
    rows.push(...(await callsInOrder(db, await db.toolCall.findMany({ where: { messageId } }))));
  }
  return rows;
}

/** Sorts the tool calls of each message. Those of other programs have no position, so they are sorted by their time. */
async function callsInOrder(
  db: Database,
  rows: readonly ToolCallRow[],
): Promise<readonly ToolCallRow[]> {
  const byMessage = groupBy(rows, (row) => row.messageId);
  const key = (row: ToolCallRow): string => `${row.position ?? 0} ${row.createdAt.getTime()}`;
  const tied = [...byMessage].filter(([, calls]) => new Set(calls.map(key)).size < calls.length);
  const ids = tied.map(([messageId]) => messageId);
  const written = ids.length === 0 ? null : await db.readWrittenOrder("toolCall", "messageId", ids);
  const place = (row: ToolCallRow): number => written?.get(row.id) ?? 0;
  return [...byMessage.values()].flatMap((calls) =>
    calls.toSorted(
      (a, b) =>
        (a.position ?? 0) - (b.position ?? 0) ||
        a.createdAt.getTime() - b.createdAt.getTime() ||
        place(a) - place(b) ||
        (a.id < b.id ? -1 : 1),
    ),
  );
}

/** An answer without `parts` may be in progress, or older than that column. */
function mayHaveTools(row: MessageRow): boolean {
  return row.parts == null || row.parts.includes('["tool"');
}
