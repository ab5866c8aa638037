import type { Database } from "../database/database.ts";
import { isRecordNotFound, isUniqueViolation } from "../database/prisma-errors.ts";
import type { ChatRow, MessageRow } from "../database/rows.ts";
import { inOrder } from "./message-order.ts";
import { provisionalTitle } from "./provisional-title.ts";
import { selection } from "./read-branch.ts";
import { changeChat, chatChangedError, readChat } from "./read-chat.ts";

/** A message as it is placed. */
export type PlacedMessage = Pick<
  MessageRow,
  "id" | "role" | "createdAt" | "parentId" | "position" | "active"
>;

/** A change of a message's place. */
export interface Placement {
  readonly id: string;
  readonly position: number;
  readonly parentId: string | null;
}

const maxAttempts = 3;
/** At most this many messages are placed in one transaction, whose length is limited. */
const maxPlacements = 500;

/**
 * Gives a place in the chat's order and tree to messages that have none: they are older than those columns, or another
 * program has written them. Everything that depends on the place of a message calls this first.
 *
 * @returns whether there were such messages. Then positions and parents may have changed, also those of others.
 * @throws ChatError `CONFLICT` when others changed the chat on every attempt.
 */
export async function placeMessages(db: Database, chatId: string): Promise<boolean> {
  const unplaced = await db.message.findFirst({
    where: { chatId, position: null },
    select: { id: true },
  });
  if (unplaced === null) return false;
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    try {
      await tryPlace(db, chatId);
      return true;
    } catch (error) {
      if (!isUniqueViolation(error) && !isRecordNotFound(error)) throw error;
    }
  }
  throw chatChangedError();
}

async function tryPlace(db: Database, chatId: string): Promise<void> {
  const chat = await readChat(db, chatId);
  const columns = ["id", "role", "createdAt", "parentId", "position", "active"].filter((column) =>
    db.has("message", column),
  );
  const select = selection(columns);
  const found = await db.message.findMany({ where: { chatId }, select });
  const rows = await inOrder(db, chatId, found);
  const placements = planPlacements(rows);
  const lastPosition = Math.max(
    chat.lastPosition ?? 0,
    rows.at(-1)?.position ?? 0,
    placements.at(-1)?.position ?? 0,
  );
  const hadPlace = new Set(rows.flatMap((row) => (row.position == null ? [] : [row.id])));
  // Messages that have a place make room first, the last one first, so that no two ever have the same. The others then
  // follow each other, so that a process that goes on after an interruption finds the same order.
  const steps = [
    ...placements.filter(({ id }) => hadPlace.has(id)).toReversed(),
    ...placements.filter(({ id }) => !hadPlace.has(id)),
  ];
  const title = await oldTitle(db, chat, rows);
  for (let start = 0; start < steps.length; start += maxPlacements) {
    const known = start === 0 ? chat : { ...chat, lastPosition };
    const updates = steps.slice(start, start + maxPlacements).map(({ id, ...place }) => {
      const data = db.pick("message", place);
      return db.message.updateMany({ where: { id, chatId }, data });
    });
    const data = db.pick("chat", { lastPosition, title, updatedAt: chat.updatedAt });
    await db.batch([changeChat(db, known, data), ...updates]);
  }
}

/** The title of a chat that is older than titles; undefined for any other. */
async function oldTitle(
  db: Database,
  chat: ChatRow,
  rows: readonly PlacedMessage[],
): Promise<string | undefined> {
  const first = rows.find((row) => row.role === "user");
  const isOld = chat.title === null && rows.every((row) => row.position == null);
  if (!isOld || first === undefined) return undefined;
  const question = await db.message.findFirst({ where: { id: first.id } });
  return provisionalTitle(question?.content ?? "") ?? undefined;
}

/**
 * Plans the places of messages.
 *
 * @param rows all messages of a chat, in their order.
 * @returns those that change, in the same order.
 */
export function planPlacements(rows: readonly PlacedMessage[]): Placement[] {
  const roles = new Map(rows.map((row) => [row.id, row.role]));
  /** For a parent, or null for the root: the message without a place that now comes between it and what follows. */
  const inserted = new Map<string | null, string>();
  const placements: Placement[] = [];
  let position = 0;
  let head: string | null = null;
  for (const row of rows) {
    const isNew = row.position == null;
    position = Math.max(position + 1, row.position ?? 0);
    const known: string | null = row.parentId ?? null;
    // An answer stays with its question.
    const isAnswer = row.role === "assistant" && roles.get(known ?? "") === "user";
    const parentId: string | null = isNew
      ? (known ?? head)
      : isAnswer
        ? known
        : latest(inserted, known);
    if (isNew && known === null) inserted.set(head, row.id);
    if (row.active !== false) head = row.id;
    if (position !== row.position || parentId !== known)
      placements.push({ id: row.id, position, parentId });
  }
  return placements;
}

/** Follows messages that were put in, one after the other. */
function latest(
  inserted: ReadonlyMap<string | null, string>,
  parent: string | null,
): string | null {
  let id = parent;
  for (let next = inserted.get(id); next !== undefined; next = inserted.get(id)) id = next;
  return id;
}
