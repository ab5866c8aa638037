import { ChatError } from "../../chat/chat-error.ts";
import type { ListChatsInput, Page } from "../../chat/chat-procedures.ts";
import type { ChatSummary } from "../../chat/chat-summary.ts";
import type { Database } from "../../orm/database/database.ts";
import type { Row } from "../../orm/database/prisma-client-like.ts";
import { recoverMessage } from "../../orm/turn/recover.ts";
import type { ChatRow } from "../../orm/database/rows.ts";
import type { ChatSearch } from "../../orm/messages/search-chats.ts";
import { searchChats } from "../../orm/messages/search-chats.ts";
import { toChatSummary } from "./to-chat-summary.ts";

/** A page of the chats in a scope, the one that changed last first. */
export async function listChats(
  db: Database,
  scope: Row,
  input: ListChatsInput,
): Promise<Page<ChatSummary>> {
  const limit = input.limit ?? 30;
  const text = input.search?.trim() ?? "";
  const behind = input.cursor == null ? null : parseCursor(input.cursor);
  const found =
    text === "" ? null : await searchChats(db, { scope, text, after: behind, take: limit + 1 });
  const filters: Row[] = [scope];
  if (found !== null) filters.push({ id: { in: [...found.keys()] } });
  else if (behind !== null) filters.push(isBehind(behind));
  const rows = await db.chat.findMany({
    where: { AND: filters },
    orderBy: [{ updatedAt: "desc" }, { id: "desc" }],
    take: limit + 1,
  });
  const page = rows.slice(0, limit);
  const active = await readActive(db, page);
  const last = page.at(-1);
  return {
    items: page.map((row) => {
      const chat = toChatSummary(row, active.get(row.id) ?? null);
      const match = found?.get(row.id) ?? null;
      return match === null ? chat : { ...chat, match };
    }),
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

type ListPlace = NonNullable<ChatSearch["after"]>;

function formatCursor({ updatedAt, id }: ListPlace): string {
  return `${updatedAt.getTime()}.${id}`;
}

function parseCursor(cursor: string): ListPlace {
  const [, time, id] = /^(\d{1,15})\.(.+)$/.exec(cursor) ?? [];
  if (time === undefined || id === undefined) {
    throw new ChatError(
      "BAD_REQUEST",
      "The cursor is not one of this list. Start again from the first page.",
    );
  }
  return { updatedAt: new Date(Number(time)), id };
}

function isBehind({ updatedAt, id }: ListPlace): Row {
  return { OR: [{ updatedAt: { lt: updatedAt } }, { updatedAt, id: { lt: id } }] };
}
