import { ChatError } from "../../chat/chat-error.ts";
import type { Database } from "../database/database.ts";
import type { PrismaPromise } from "../database/prisma-client-like.ts";
import type { MessageRow } from "../database/rows.ts";
import { placeMessages } from "./place-messages.ts";
import { maxIds } from "./read-branch.ts";

type BranchRow = Pick<MessageRow, "id" | "parentId" | "position" | "active">;

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
  const rows = await readRows(db, chatId);
  if (leafId !== null && !rows.some((row) => row.id === leafId)) throw notInChat();
  return changes(db, chatId, rows, pathTo(rows, leafId));
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
  const rows = await readRows(db, chatId);
  if (!rows.some((row) => row.id === messageId)) throw notInChat();
  return changes(db, chatId, rows, pathTo(rows, newestLeaf(rows, messageId)));
}

/** All messages of the chat, in their order. */
async function readRows(db: Database, chatId: string): Promise<BranchRow[]> {
  const read = () =>
    db.message.findMany({
      where: { chatId },
      orderBy: { position: "asc" },
      select: { id: true, parentId: true, position: true, active: true },
    });
  const rows = await read();
  const isUnplaced = rows.some((row) => row.position == null);
  return isUnplaced && (await placeMessages(db, chatId)) ? read() : rows;
}

function newestLeaf(rows: readonly BranchRow[], messageId: string): string {
  const newestChild = new Map<string, BranchRow>();
  for (const row of rows) {
    if (row.parentId == null) continue;
    const known = newestChild.get(row.parentId);
    if (known === undefined || (row.position ?? 0) > (known.position ?? 0)) {
      newestChild.set(row.parentId, row);
    }
  }
  let leaf = messageId;
  for (let child = newestChild.get(leaf); child !== undefined; child = newestChild.get(leaf)) {
    leaf = child.id;
  }
  return leaf;
}

function pathTo(rows: readonly BranchRow[], leafId: string | null): ReadonlySet<string> {
  const places = new Map(rows.map((row, index) => [row.id, index]));
  const path = new Set<string>();
  let row = rows.find(({ id }) => id === leafId);
  while (row !== undefined && !path.has(row.id)) {
    path.add(row.id);
    if (row.parentId == null) break;
    const parent = places.get(row.parentId);
    if (parent === undefined) {
      // Another program has deleted the parent. What came before it on the active branch is what is left of the path.
      const before = rows.slice(0, places.get(row.id));
      row = before.findLast(({ active }) => active === true);
    } else row = rows[parent];
  }
  return path;
}

function changes(
  db: Database,
  chatId: string,
  rows: readonly BranchRow[],
  path: ReadonlySet<string>,
): PrismaPromise<unknown>[] {
  const leave = rows.filter((row) => row.active === true && !path.has(row.id));
  const join = rows.filter((row) => row.active === false && path.has(row.id));
  return [...setActive(db, chatId, leave, false), ...setActive(db, chatId, join, true)];
}

function setActive(
  db: Database,
  chatId: string,
  rows: readonly BranchRow[],
  active: boolean,
): PrismaPromise<unknown>[] {
  const queries = [];
  for (let start = 0; start < rows.length; start += maxIds) {
    const id = { in: rows.slice(start, start + maxIds).map((row) => row.id) };
    queries.push(db.message.updateMany({ where: { chatId, id }, data: { active } }));
  }
  return queries;
}

function notInChat(): ChatError {
  return new ChatError(
    "NOT_FOUND",
    "There is no such message in this chat. Reload the chat and try again.",
  );
}
