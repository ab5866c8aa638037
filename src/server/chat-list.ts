import { ChatError } from "../chat/chat-error.ts";
import type { ListChatsInput, Page } from "../chat/chat-procedures.ts";
import type { ChatSummary } from "../chat/chat-summary.ts";
import type { Database } from "../orm/database.ts";
import type { Row } from "../orm/prisma-client-like.ts";
import { recoverMessage } from "../orm/recover.ts";
import type { ChatRow } from "../orm/rows.ts";
import { toChatSummary } from "./to-chat-summary.ts";

/** A page of the chats in a scope, the one that changed last first. */
export async function listChats(
  db: Database,
  scope: Row,
  input: ListChatsInput,
): Promise<Page<ChatSummary>> {
  const limit = input.limit ?? 30;
  const search = input.search?.trim() ?? "";
  const filters: Row[] = [scope];
  if (input.cursor != null) filters.push(behind(input.cursor));
  if (search !== "") filters.push({ title: containing(db, search) });
  const rows = await db.chat.findMany({
    where: { AND: filters },
    orderBy: [{ updatedAt: "desc" }, { id: "desc" }],
    take: limit + 1,
  });
  const page = rows.slice(0, limit);
  const active = await readActive(db, page);
  const last = page.at(-1);
  return {
    items: page.map((row) => toChatSummary(row, active.get(row.id) ?? null)),
    nextCursor: rows.length > limit && last !== undefined ? formatCursor(last) : null,
  };
}

async function readActive(
  db: Database,
  chats: readonly ChatRow[],
): Promise<ReadonlyMap<string, string>> {
  if (chats.length === 0) return new Map();
  const messages = await db.message.findMany({
    where: { turnLock: { in: chats.map((chat) => chat.id) } },
  });
  const active = new Map<string, string>();
  for (const message of messages) {
    if ((await recoverMessage(db, message)) === null) active.set(message.chatId, message.id);
  }
  return active;
}

/** SQLite and MySQL compare without regard to case by themselves; PostgreSQL has to be told. */
function containing(db: Database, text: string): Row {
  return db.sql.provider === "postgresql"
    ? { contains: text, mode: "insensitive" }
    : { contains: text };
}

function formatCursor(row: ChatRow): string {
  return `${row.updatedAt.getTime()}.${row.id}`;
}

function behind(cursor: string): Row {
  const match = /^(\d{1,15})\.(.+)$/.exec(cursor);
  if (match === null) {
    throw new ChatError(
      "BAD_REQUEST",
      "The cursor is not one of this list. Start again from the first page.",
    );
  }
  const updatedAt = new Date(Number(match[1]));
  return { OR: [{ updatedAt: { lt: updatedAt } }, { updatedAt, id: { lt: match[2] } }] };
}
