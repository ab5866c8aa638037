import type { ListChatsInput, Page } from "../../chat/chat-procedures.ts";
import type { ChatSummary } from "../../chat/chat-summary.ts";
import type { Database } from "../../orm/database/database.ts";
import type { Row } from "../../orm/database/prisma-client-like.ts";
import type { ChatSearch } from "../../orm/messages/chat-search.ts";
import { searchChats } from "../../orm/messages/search-chats.ts";
import { invalidCursor } from "../errors.ts";
import { readChatSummaries } from "./read-chat-summaries.ts";

const defaultLimit = 30;

/**
 * Reads a page of the chats in a scope, most recently changed first.
 *
 * @throws ChatError `BAD_REQUEST` when the cursor is not one of this list.
 */
export async function listChats(
  db: Database,
  scope: Row,
  input: ListChatsInput,
): Promise<Page<ChatSummary>> {
  const limit = input.limit ?? defaultLimit;
  const text = input.search?.trim() ?? "";
  const after = input.cursor == null ? null : parseListCursor(input.cursor);
  const found = text === "" ? null : await searchChats(db, { scope, text, after, take: limit + 1 });
  const filters: Row[] = [scope];
  if (found !== null) filters.push({ id: { in: [...found.keys()] } });
  else if (after !== null) filters.push(isAfter(after));
  const rows = await db.chat.findMany({
    where: { AND: filters },
    orderBy: [{ updatedAt: "desc" }, { id: "desc" }],
    take: limit + 1,
  });
  const page = rows.slice(0, limit);
  const summaries = await readChatSummaries(db, page);
  const last = page.at(-1);
  return {
    items: summaries.map((chat) => {
      const match = found?.get(chat.id) ?? null;
      return match === null ? chat : { ...chat, match };
    }),
    nextCursor: rows.length > limit && last !== undefined ? formatListCursor(last) : null,
  };
}

/** The last chat of a page. */
type ListPlace = NonNullable<ChatSearch["after"]>;

function formatListCursor({ updatedAt, id }: ListPlace): string {
  return `${updatedAt.getTime()}.${id}`;
}

function parseListCursor(cursor: string): ListPlace {
  const [, time, id] = /^(\d{1,15})\.(.+)$/.exec(cursor) ?? [];
  if (time === undefined || id === undefined) throw invalidCursor();
  return { updatedAt: new Date(Number(time)), id };
}

function isAfter({ updatedAt, id }: ListPlace): Row {
  return { OR: [{ updatedAt: { lt: updatedAt } }, { updatedAt, id: { lt: id } }] };
}
