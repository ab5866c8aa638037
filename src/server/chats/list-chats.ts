import type { ListChatsInput, Page } from "../../chat/chat-procedures.ts";
import type { ChatSummary } from "../../chat/chat-summary.ts";
import type { Database } from "../../orm/database/database.ts";
import type { Row } from "../../orm/database/client/prisma-client-like.ts";
import type { ChatRow } from "../../orm/database/rows.ts";
import type { SearchPlace } from "../../orm/search/scan-chats.ts";
import { searchChats } from "../../orm/search/search-chats.ts";
import { invalidCursor } from "../errors.ts";
import { jsonBytes } from "../limits/json-bytes.ts";
import { readChatSummaries } from "./read-chat-summaries.ts";

const defaultLimit = 30;
/** So many rows are read at once: a page of the default size, and one that shows whether there are more. */
const rowsAtOnce = 51;

interface ListOptions {
  readonly signal: AbortSignal | undefined;
  /** The page ends with the chat whose instructions and metadata reach this size, in bytes of a response. */
  readonly maxSize: number;
}

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
  { signal, maxSize }: ListOptions,
): Promise<Page<ChatSummary>> {
  const limit = input.limit ?? defaultLimit;
  const text = input.search?.trim() ?? "";
  const after = input.cursor == null ? null : parseListCursor(input.cursor);
  const search = { scope, text, after, enough: limit + 1, signal };
  const result = text === "" ? null : await searchChats(db, search);
  const ids = result === null ? [] : [{ id: { in: [...result.found.keys()] } }];
  const first = result === null ? after : null;
  const { page, hasMore } = await readRows(db, [scope, ...ids], first, { limit, maxSize });
  const summaries = await readChatSummaries(db, page);
  const rest = hasMore ? page.at(-1) : result?.rest;
  return {
    items: summaries.map((chat) => {
      const match = result?.found.get(chat.id) ?? null;
      return match === null ? chat : { ...chat, match };
    }),
    nextCursor: rest == null ? null : formatListCursor(rest),
  };
}

/** Reads rows in short steps, until there are enough or they are large. */
async function readRows(
  db: Database,
  filters: readonly Row[],
  after: SearchPlace | null,
  { limit, maxSize }: { readonly limit: number; readonly maxSize: number },
): Promise<{ readonly page: readonly ChatRow[]; readonly hasMore: boolean }> {
  const page: ChatRow[] = [];
  let size = 0;
  for (let place = after; ;) {
    const take = Math.min(limit + 1 - page.length, rowsAtOnce);
    const rows = await db.chat.findMany({
      where: { AND: [...filters, ...(place === null ? [] : [isAfter(place)])] },
      orderBy: [{ updatedAt: "desc" }, { id: "desc" }],
      take,
    });
    for (const row of rows) {
      if (page.length === limit || (size >= maxSize && page.length > 0))
        return { page, hasMore: true };
      page.push(row);
      size += jsonBytes([row.instructions, row.metadata]);
    }
    place = page.at(-1) ?? null;
    if (rows.length < take) return { page, hasMore: false };
  }
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
