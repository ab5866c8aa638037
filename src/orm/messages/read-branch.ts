import { groupBy } from "../../shared/collections/group-by.ts";
import type { Database } from "../database/database.ts";
import type { Row } from "../database/client/prisma-client-like.ts";
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

interface NewestOptions<Column> {
  /** Only messages with a lower position. */
  readonly below?: number | undefined;
  /** A position close to that of the newest message, when it is known. It bounds what the database reads. */
  readonly near?: number | null | undefined;
  /** All by default. */
  readonly columns?: readonly Column[];
}

/**
 * The newest messages, newest first. Messages without a position are left out unless there are no others: see
 * `placeMessages`.
 */
export async function readNewest<Column extends keyof MessageRow = keyof MessageRow>(
  db: Database,
  chatId: string,
  take: number,
  { below, near, columns }: NewestOptions<Column> = {},
): Promise<readonly Pick<MessageRow, Column | OrderColumn>[]> {
  const where = branchOf(db, chatId);
  const select =
    columns === undefined ? {} : { select: selection([...columns, ...orderColumns(db)]) };
  if (db.has("message", "position")) {
    const search = { take, below, near: near ?? 0 };
    const placed = await readByPosition(db, chatId, search, (part) =>
      readPart(db, chatId, { ...part, ...select }),
    );
    if (placed.length > 0 || below !== undefined) return placed;
  }
  // Several rows may have the same time as the last one that is wanted.
  const spare = 8;
  const orderBy = [{ createdAt: "desc" }, { id: "desc" }];
  const found = await db.message.findMany({ where, orderBy, take: take + spare, ...select });
  return (await inOrder(db, chatId, found)).toReversed().slice(0, take);
}

/** So many positions contain the wanted messages, unless most of the others are on branches that are not shown. */
const positionsPerMessage = 4;

/** What `readByPosition` looks for. */
interface PositionSearch {
  readonly take: number;
  /** Only messages with a lower position. */
  readonly below: number | undefined;
  /** A position close to that of the newest message; 0 when there is none to begin at. */
  readonly near: number;
}

/** The newest messages of a range of positions: from one on, and below one. */
interface PositionPart {
  readonly take: number;
  readonly from?: number;
  readonly below?: number | undefined;
}

/**
 * Reads the newest messages of the active branch. PostgreSQL may read and sort a whole chat when its statistics say that
 * chats are short. So each query is of a range of positions, and how much is read does not depend on the plan.
 *
 * @param read reads the newest messages of a range, in the order of `branchOrder`.
 */
export async function readByPosition<Found>(
  db: Database,
  chatId: string,
  { take, below, near }: PositionSearch,
  read: (part: PositionPart) => Promise<readonly Found[]>,
): Promise<readonly Found[]> {
  if (take <= 1) return read({ take, below });
  let rows: readonly Found[] = [];
  let end = below;
  let top = below ?? near + 1;
  for (let perMessage = positionsPerMessage; ; perMessage *= 2) {
    const from = top - (take - rows.length) * perMessage;
    if (from <= 1) break;
    rows = [...rows, ...(await read({ take: take - rows.length, from, below: end }))];
    if (rows.length === take) return rows;
    const newest = { below: rows.length === 0 ? below : from, columns: ["position"] } as const;
    const next = await findNewest(db, chatId, newest);
    if (next === null) return rows;
    top = (next.position ?? 0) + 1;
    end = top;
  }
  return [...rows, ...(await read({ take: take - rows.length, below: end }))];
}

/**
 * Finds the newest message of the active branch that has a position.
 *
 * @param below only a message with a lower position.
 */
export async function findNewest<Column extends keyof MessageRow>(
  db: Database,
  chatId: string,
  { below, columns }: { readonly below?: number | undefined; readonly columns: readonly Column[] },
): Promise<Pick<MessageRow, Column> | null> {
  const part = { take: 1, below, select: selection(columns) };
  return (await readPart(db, chatId, part))[0] ?? null;
}

/**
 * The order of messages of the active branch, the newest first. The branch is a part of it, although all of them are on
 * it, because only the index that has both columns has this order. Without it, PostgreSQL also takes the index of all
 * positions, and reads every message of other branches that comes between, when its statistics say that there are few.
 * A plan that is made without the values of a query, as for named statements, does not see this.
 */
export const branchOrder = ["active", "position"] as const;

async function readPart(
  db: Database,
  chatId: string,
  { from, below, take, select }: PositionPart & { readonly select?: Record<string, true> },
): Promise<readonly MessageRow[]> {
  return db.message.findMany({
    where: { ...branchOf(db, chatId), position: toFilter({ from, below }) },
    orderBy: branchOrder
      .filter((column) => db.has("message", column))
      .map((column) => ({ [column]: "desc" })),
    take,
    ...(select === undefined ? {} : { select }),
  });
}

function toFilter({ from, below }: Readonly<Record<"from" | "below", number | undefined>>): Row {
  if (from === undefined && below === undefined) return { not: null };
  return {
    ...(from === undefined ? {} : { gte: from }),
    ...(below === undefined ? {} : { lt: below }),
  };
}

type OrderColumn = "id" | "role" | "createdAt" | "position";

/** The columns that the order of messages depends on, as far as the schema has them. */
function orderColumns(db: Database): readonly string[] {
  return ["id", "role", "createdAt", "position"].filter((column) => db.has("message", column));
}

/** A `select` of Prisma. */
export function selection(columns: readonly string[]): Record<string, true> {
  return Object.fromEntries(columns.map((column) => [column, true]));
}

/** At most this many ids go into one query, well below the number of bound values that databases accept. */
export const maxIds = 500;

/** The tool calls of the given messages, in the order in which the model made them. */
export async function readToolCalls(
  db: Database,
  messages: readonly MessageRow[],
): Promise<ToolCallRow[]> {
  if (!db.hasModel("toolCall")) return [];
  const ids = messages.filter(mayHaveTools).map((row) => row.id);
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

/** Whether a message may have tool calls. An answer without `parts` may be in progress, or older than that column. */
function mayHaveTools({ role, parts }: MessageRow): boolean {
  return role === "assistant" && (parts == null || parts.includes('["tool"'));
}
