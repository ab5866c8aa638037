import { setImmediate } from "node:timers/promises";
import { ChatError } from "../../chat/chat-error.ts";
import type { Database } from "../database/database.ts";
import type { PrismaPromise, Row } from "../database/client/prisma-client-like.ts";
import type { MessageRow } from "../database/rows.ts";
import { placeMessages } from "./place-messages.ts";
import { findNewest, maxIds, selection } from "./read-branch.ts";

/** Rows that one query reads. SQLite's driver blocks the process during a query. */
const maxRows = 1_000;
/** So many positions that follow each other are changed as a range. */
const minRange = 16;
/** Ranges that one statement changes. */
const maxRanges = 100;

const columns = ["id", "parentId", "position", "active"] as const;
type BranchRow = Pick<MessageRow, (typeof columns)[number]>;

/** Positions that follow each other, both ends included. */
interface Range {
  from: number;
  readonly to: number;
}

/**
 * The queries that make the active branch end at a message.
 *
 * @param leafId null for an empty branch.
 * @throws ChatError `NOT_FOUND` when the message is not in the chat.
 */
export async function branchTo(
  db: Database,
  chatId: string,
  leafId: string | null,
): Promise<PrismaPromise<unknown>[]> {
  await placeMessages(db, chatId);
  return changes(db, chatId, leafId === null ? null : await readRow(db, chatId, leafId));
}

/**
 * The queries that make the active branch go through a message, and on to the newest reply at each message after it.
 *
 * @throws ChatError `NOT_FOUND` when the message is not in the chat.
 */
export async function branchThrough(
  db: Database,
  chatId: string,
  messageId: string,
): Promise<PrismaPromise<unknown>[]> {
  await placeMessages(db, chatId);
  const message = await readRow(db, chatId, messageId);
  return changes(db, chatId, await newestLeaf(db, chatId, message));
}

async function readRow(db: Database, chatId: string, id: string): Promise<BranchRow> {
  const row = await db.message.findFirst({ where: { id, chatId }, select: selection(columns) });
  if (row !== null) return row;
  throw new ChatError(
    "NOT_FOUND",
    "There is no such message in this chat. Reload the chat and try again.",
  );
}

/** Reads the messages of a chat that come before or after a message, the nearest one first, in short steps. */
async function* readFrom(
  db: Database,
  chatId: string,
  { position }: BranchRow,
  direction: "before" | "after",
): AsyncGenerator<BranchRow, void, undefined> {
  const isAfter = direction === "after";
  for (let place = position ?? 0; ;) {
    // Everything else that is due comes before each step.
    await setImmediate();
    const rows = await db.message.findMany({
      where: { chatId, position: isAfter ? { gt: place } : { lt: place } },
      orderBy: { position: isAfter ? "asc" : "desc" },
      take: maxRows,
      select: selection(columns),
    });
    yield* rows;
    if (rows.length < maxRows) return;
    place = rows.at(-1)?.position ?? 0;
  }
}

async function newestLeaf(db: Database, chatId: string, message: BranchRow): Promise<BranchRow> {
  const newestChild = new Map<string, BranchRow>();
  for await (const row of readFrom(db, chatId, message, "after"))
    if (row.parentId != null) newestChild.set(row.parentId, row);
  let leaf = message;
  for (let child = newestChild.get(leaf.id); child !== undefined; child = newestChild.get(leaf.id))
    leaf = child;
  return leaf;
}

/**
 * The part of a leaf's branch that is not active, and the active message that it begins after; null when the branch
 * begins with it.
 */
async function inactivePart(
  db: Database,
  chatId: string,
  leaf: BranchRow,
): Promise<{ readonly fork: BranchRow | null; readonly inactive: readonly Range[] }> {
  const inactive: Range[] = [];
  if (leaf.active === true) return { fork: leaf, inactive };
  const { position = 0, parentId } = leaf;
  let range: Range = { from: position ?? 0, to: position ?? 0 };
  inactive.push(range);
  let parent = parentId ?? null;
  if (parent === null) return { fork: null, inactive };
  let isNext = true;
  let activeBefore: BranchRow | null = null;
  for await (const row of readFrom(db, chatId, leaf, "before")) {
    if (row.id !== parent) {
      isNext = false;
      if (row.active === true) activeBefore ??= row;
      continue;
    }
    if (row.active === true) return { fork: row, inactive };
    const place = row.position ?? 0;
    if (isNext) range.from = place;
    else inactive.push((range = { from: place, to: place }));
    parent = row.parentId ?? null;
    if (parent === null) return { fork: null, inactive };
    isNext = true;
    activeBefore = null;
  }
  // Another program has deleted the parent. What came before it on the active branch is what is left of the branch.
  return { fork: activeBefore, inactive };
}

async function changes(
  db: Database,
  chatId: string,
  leaf: BranchRow | null,
): Promise<PrismaPromise<unknown>[]> {
  const newest = await findNewest(db, chatId, { columns: ["position"] });
  const { fork, inactive } =
    leaf === null ? { fork: null, inactive: [] } : await inactivePart(db, chatId, leaf);
  const last = newest?.position ?? 0;
  const first = fork?.position ?? 0;
  const set = (active: boolean, where: Row): PrismaPromise<unknown> =>
    db.message.updateMany({ where: { chatId, active: !active, ...where }, data: { active } });
  return [
    // The messages of the transaction that runs this may have been written by then, and follow those.
    ...(last > first ? [set(false, { position: { gt: first, lte: last } })] : []),
    ...conditions(inactive).map((where) => set(true, where)),
  ];
}

/** The conditions for positions, each for as many as one statement changes. */
function conditions(ranges: readonly Range[]): Row[] {
  const isLong = ({ from, to }: Range): boolean => to - from >= minRange;
  const long = ranges.filter(isLong).map(({ from, to }) => ({ position: { gte: from, lte: to } }));
  const single = ranges
    .filter((range) => !isLong(range))
    .flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, index) => from + index));
  return [
    ...slices(long, maxRanges).map((some) => ({ OR: some })),
    ...slices(single, maxIds).map((some) => ({ position: { in: some } })),
  ];
}

function slices<Item>(items: readonly Item[], length: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / length) }, (_, index) =>
    items.slice(index * length, (index + 1) * length),
  );
}
