import type { ListChatsInput, Page } from "../../chat/chat-procedures.ts";
import type { ChatSummary } from "../../chat/chat-summary.ts";
import type { Database } from "../../orm/database/database.ts";
import type { Row } from "../../orm/database/prisma-client-like.ts";
import type { SearchPlace } from "../../orm/search/scan-chats.ts";
import { searchChats } from "../../orm/search/search-chats.ts";
import { invalidCursor } from "../errors.ts";
import { readChatSummaries } from "./read-chat-summaries.ts";

const defaultLimit = 30;

/**
 * Reads a page of the chats in a scope, most recently changed first. A search that takes too long ends with what it has
 * found; the cursor then leads to the rest.
 *
 * @throws ChatError `BAD_REQUEST` when the cursor is not one of this list.
 */
export async function listChats(
  db: Database,
  scope: Row,
  input: ListChatsInput,
  signal: AbortSignal | undefined,
): Promise<Page<ChatSummary>> {
  const limit = input.limit ?? defaultLimit;
  const text = input.search?.trim() ?? "";
  const after = input.cursor == null ? null : parseListCursor(input.cursor);
  const search = { scope, text, after, enough: limit + 1, signal };
  const result = text === "" ? null : await searchChats(db, search);
  const filters: Row[] = [scope];
  if (result !== null) filters.push({ id: { in: [...result.found.keys()] } });
  else if (after !== null) filters.push(isAfter(after));
  const rows = await db.chat.findMany({
    where: { AND: filters },
    orderBy: [{ updatedAt: "desc" }, { id: "desc" }],
    take: limit + 1,
  });
  const page = rows.slice(0, limit);
  const summaries = await readChatSummaries(db, page);
  const rest = rows.length > limit ? page.at(-1) : result?.rest;
  return {
    items: summaries.map((chat) => {
      const match = result?.found.get(chat.id) ?? null;
      return match === null ? chat : { ...chat, match };
    }),
    nextCursor: rest == null ? null : formatListCursor(rest),
  };
}

function formatListCursor({ updatedAt, id, position }: SearchPlace): string {
  return `${updatedAt.getTime()}${position === undefined ? "" : `-${position}`}.${id}`;
}

function parseListCursor(cursor: string): SearchPlace {
  const [, time, position, id] = /^(\d{1,15})(?:-(\d{1,9}))?\.(.+)$/.exec(cursor) ?? [];
  if (time === undefined || id === undefined) throw invalidCursor();
  const place = { updatedAt: new Date(Number(time)), id };
  return position === undefined ? place : { ...place, position: Number(position) };
}

function isAfter({ updatedAt, id }: SearchPlace): Row {
  return { OR: [{ updatedAt: { lt: updatedAt } }, { updatedAt, id: { lt: id } }] };
}
