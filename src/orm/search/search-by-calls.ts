import type { Database } from "../database/database.ts";
import type { Row } from "../database/client/prisma-client-like.ts";
import type { ChatRow, MessageRow } from "../database/rows.ts";
import type { ChatSearch, FoundChats } from "./chat-search.ts";
import type { SearchPlace } from "./scan-chats.ts";
import { takeTurn } from "./take-turns.ts";
import type { TextFinder } from "./text-finder.ts";

/** Rows that one query reads. */
const maxRows = 20;

/**
 * Searches as `searchChats` does, with the client's own calls: an extension that hides rows, or that encrypts texts,
 * takes part in each of them. The chats are read one after the other, until `isOver`.
 */
export async function searchByCalls(
  db: Database,
  { scope, after, enough }: Omit<ChatSearch, "text">,
  finder: TextFinder,
  isOver: () => boolean,
): Promise<FoundChats> {
  const found = new Map<string, string | null>();
  for (let newest = after; ;) {
    const chats = await readChats(db, scope, newest);
    for (const { id, title, updatedAt } of chats) {
      const isNamed = finder.excerpt(title ?? "") !== null;
      const excerpt = isNamed ? null : await readExcerpt(db, id, finder, isOver);
      if (isNamed || excerpt !== null) found.set(id, excerpt);
      if (found.size >= enough || isOver()) return { found, rest: { id, updatedAt } };
    }
    const last = chats.at(-1);
    if (last === undefined || chats.length < maxRows) return { found, rest: null };
    newest = last;
  }
}

type ListedChat = Pick<ChatRow, "id" | "title" | "updatedAt">;

function readChats(
  db: Database,
  scope: Row,
  newest: SearchPlace | null,
): Promise<readonly ListedChat[]> {
  const where = { AND: [scope, ...(newest === null ? [] : [isAfter(newest)])] };
  const orderBy = [{ updatedAt: "desc" }, { id: "desc" }];
  const select = { id: true, title: true, updatedAt: true } as const;
  return takeTurn(db, () => db.chat.findMany({ where, orderBy, take: maxRows, select }));
}

function isAfter({ updatedAt, id }: SearchPlace): Row {
  return { OR: [{ updatedAt: { lt: updatedAt } }, { updatedAt, id: { lt: id } }] };
}

/** Reads a chat's messages, from the newest one on, until one has the text or `isOver`. */
async function readExcerpt(
  db: Database,
  chatId: string,
  finder: TextFinder,
  isOver: () => boolean,
): Promise<string | null> {
  const where = { chatId, active: true, role: { in: ["user", "assistant"] } };
  for (let skip = 0; ; skip += maxRows) {
    const orderBy = [{ position: "desc" }, { id: "desc" }];
    const page = { where, orderBy, take: maxRows, skip, select: { content: true as const } };
    const messages: readonly Pick<MessageRow, "content">[] = await takeTurn(db, () =>
      db.message.findMany(page),
    );
    for (const { content } of messages) {
      const excerpt = finder.excerpt(content ?? "");
      if (excerpt !== null) return excerpt;
    }
    // A chat that takes too long is left, so that the next page of the list goes on behind it.
    if (messages.length < maxRows || isOver()) return null;
  }
}
