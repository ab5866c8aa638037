import type { Database } from "../database/database.ts";
import type { Row } from "../database/prisma-client-like.ts";
import type { ChatSearch } from "./chat-search.ts";
import { excerptAround, spellings } from "./chat-search.ts";

/**
 * Searches as `searchChats` does, with the client's own calls: an extension that hides rows sees them, and one that
 * encrypts texts may find them or not.
 */
export async function searchByCalls(
  db: Database,
  { scope, text, after, take }: ChatSearch,
): Promise<ReadonlyMap<string, string | null>> {
  const wanted = db.sql.provider === "sqlite" ? spellings(text) : [text];
  const mode = db.sql.provider === "postgresql" ? { mode: "insensitive" } : {};
  const contains = (column: string): Row[] =>
    wanted.map((one) => ({ [column]: { contains: one, ...mode } }));
  const said = { active: true, role: { in: ["user", "assistant"] }, OR: contains("content") };
  const messages = db.relation("chat", "message");
  const hits = [
    ...contains("title"),
    ...(messages === null ? [] : [{ [messages]: { some: said } }]),
  ];
  const found = new Map<string, string | null>();
  for (let newest = after; ;) {
    const chats = await db.chat.findMany({
      where: { AND: [scope, ...olderThan(newest), { OR: hits }] },
      orderBy: [{ updatedAt: "desc" }, { id: "desc" }],
      take,
    });
    for (const { id, title } of chats) {
      const isNamed = title?.toLowerCase().includes(text.toLowerCase()) === true;
      const excerpt = isNamed ? null : await readExcerpt(db, { chatId: id, ...said }, text);
      // An extension of messages does not see the condition on a chat's messages, so it may hide the one that was found.
      if (isNamed || excerpt !== null) found.set(id, excerpt);
      if (found.size === take) return found;
    }
    const last = chats.at(-1);
    if (last === undefined || chats.length < take) return found;
    newest = last;
  }
}

function olderThan(newest: ChatSearch["after"]): Row[] {
  if (newest === null) return [];
  const { updatedAt, id } = newest;
  return [{ OR: [{ updatedAt: { lt: updatedAt } }, { updatedAt, id: { lt: id } }] }];
}

async function readExcerpt(db: Database, where: Row, text: string): Promise<string | null> {
  const message = await db.message.findFirst({ where, orderBy: { position: "desc" } });
  return message?.content == null ? null : excerptAround(message.content, text);
}
