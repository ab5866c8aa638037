import { groupBy } from "../../shared/collections/group-by.ts";
import type { Database } from "../database/database.ts";
import type { Row } from "../database/client/prisma-client-like.ts";
import { scopeConditions } from "../database/table-sql.ts";
import type { MessageText } from "./read-texts.ts";
import { maxMessages, readLongTexts, readTexts } from "./read-texts.ts";
import { takeTurn } from "./take-turns.ts";

/** Chats that one query reads. */
const maxChats = 100;

/** A place in the list of chats, the one that was updated last first. */
export interface SearchPlace {
  readonly updatedAt: Date;
  readonly id: string;
  /** Set within a long chat: its messages before this position, and the chats that follow it, come next. */
  readonly position?: number | undefined;
}

/** Which chats to look at. */
export interface ChatScan {
  /** Columns that the chat rows must have. */
  readonly scope: Row;
  /** Null to begin with the first chat. */
  readonly after: SearchPlace | null;
  /** The only chats and messages that may have the text: the ids of the messages by chat. Null when any may. */
  readonly candidates: ReadonlyMap<string, readonly string[]> | null;
  /** Chats of which no more text is wanted. */
  readonly done: { has(chatId: string): boolean };
}

/** What one step of a scan has read. */
export interface ScanStep {
  readonly texts: readonly FoundText[];
  /** Everything up to here has been read; null when later chats have been read before earlier ones. */
  readonly place: SearchPlace | null;
}

/** A title or a message of a chat. The title comes first, and then the newest message. */
export interface FoundText {
  readonly chatId: string;
  readonly isTitle: boolean;
  readonly text: string;
}

interface ListedChat {
  readonly id: string;
  readonly updatedAt: Date;
  readonly title: string;
  /** The position of the newest message; -1 when no message has one. */
  readonly newest: number;
}

/** Reads the texts of the chats in a scope, in the order of the list and in steps that are short whatever is stored. */
export async function* scanChats(
  db: Database,
  scan: ChatScan,
): AsyncGenerator<ScanStep, void, undefined> {
  let place = scan.after;
  if (place?.position !== undefined) {
    const [chat] = await readChats(db, scan, { id: place.id });
    // Its title has been read before.
    if (chat !== undefined) yield* scanLongChat(db, scan, { ...chat, title: "" }, place.position);
  }
  for (;;) {
    const chats = await readChats(db, scan, { after: place });
    const last = chats.at(-1);
    if (last === undefined) return;
    for (const group of scan.candidates === null ? groupsOf(chats) : [chats]) {
      const [first] = group;
      if (first !== undefined && first.newest >= maxMessages && scan.candidates === null)
        yield* scanLongChat(db, scan, first, first.newest + 1);
      else yield* scanGroup(db, scan, group);
    }
    if (chats.length < maxChats) return;
    place = { updatedAt: last.updatedAt, id: last.id };
  }
}

/** Splits chats into groups with few messages. A chat with many has a group of its own. */
function groupsOf(chats: readonly ListedChat[]): readonly (readonly ListedChat[])[] {
  const groups: ListedChat[][] = [];
  let count = Infinity;
  for (const chat of chats) {
    count += chat.newest + 1;
    if (count > maxMessages) {
      groups.push([]);
      count = chat.newest + 1;
    }
    groups.at(-1)?.push(chat);
  }
  return groups;
}

async function* scanGroup(
  db: Database,
  { candidates, done }: ChatScan,
  chats: readonly ListedChat[],
): AsyncGenerator<ScanStep, void, undefined> {
  const chatIds = chats.map((chat) => chat.id);
  const ids = candidates === null ? null : chatIds.flatMap((id) => candidates.get(id) ?? []);
  const hasMessages = ids === null || ids.length > 0;
  const messages = hasMessages ? await readTexts(db, { chatIds, ids: ids ?? undefined }) : [];
  yield* readInOrder(db, chats, messages, done);
  const last = chats.at(-1);
  if (last !== undefined) yield { texts: [], place: { updatedAt: last.updatedAt, id: last.id } };
}

async function* scanLongChat(
  db: Database,
  { done }: ChatScan,
  chat: ListedChat,
  below: number,
): AsyncGenerator<ScanStep, void, undefined> {
  const { id, updatedAt } = chat;
  let rest: ListedChat = chat;
  let before: number | null = below;
  while (!done.has(id)) {
    const messages: MessageText[] = await readTexts(db, { chatIds: [id], before });
    yield* readInOrder(db, [rest], messages, done);
    if (before === null) break;
    before = messages.length < maxMessages ? null : (messages.at(-1)?.position ?? null);
    rest = { ...chat, title: "" };
    if (before !== null) yield { texts: [], place: { id, updatedAt, position: before } };
  }
  yield { texts: [], place: { id, updatedAt } };
}

async function* readInOrder(
  db: Database,
  chats: readonly ListedChat[],
  messages: readonly MessageText[],
  done: ChatScan["done"],
): AsyncGenerator<ScanStep, void, undefined> {
  const titles = chats.map(({ id, title }) => ({ chatId: id, isTitle: true, text: title }));
  yield { texts: titles, place: null };
  const byChat = groupBy(messages, (message) => message.chatId);
  let rest = chats.flatMap((chat) =>
    (byChat.get(chat.id) ?? []).toSorted((a, b) => b.position - a.position),
  );
  while (rest.length > 0) {
    rest = rest.filter((message) => !done.has(message.chatId));
    if (rest[0]?.text === null) await readLongTexts(db, rest);
    const firstLong = rest.findIndex((message) => message.text === null);
    const known = rest.splice(0, firstLong < 0 ? rest.length : firstLong);
    const texts = known.map(({ chatId, text }) => ({ chatId, isTitle: false, text: text ?? "" }));
    yield { texts, place: null };
  }
}

async function readChats(
  db: Database,
  { scope, candidates }: ChatScan,
  wanted: { readonly id: string } | { readonly after: SearchPlace | null },
): Promise<readonly ListedChat[]> {
  const values: unknown[] = [];
  const bind = (item: unknown): string => db.sql.parameter(values.push(item));
  const chat = db.sql.table("chat");
  const message = db.sql.table("message");
  const [id, title, updatedAt] = ["id", "title", "updatedAt"].map(
    (name) => `c.${chat.column(name)}`,
  );
  const newest =
    `SELECT MAX(m.${message.column("position")}) FROM ${message.name} m ` +
    `WHERE m.${message.column("chatId")}=${id}`;
  const conditions = scopeConditions(scope, chat, "c", bind);
  if ("id" in wanted) {
    conditions.push(`${id}=${bind(wanted.id)}`);
  } else if (wanted.after !== null) {
    const { after } = wanted;
    const at = (): string => bind(after.updatedAt);
    // The first condition follows from the others. It lets the databases begin at the right place of their index.
    conditions.push(`${updatedAt}<=${at()}`, `(${updatedAt}<${at()} OR ${id}<${bind(after.id)})`);
  }
  if (candidates !== null)
    conditions.push(`${id} IN (${[...candidates.keys()].map((item) => bind(item)).join()})`);
  const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")} `;
  const sql =
    `SELECT ${id} AS id,${updatedAt} AS at,${title} AS title,(${newest}) AS newest ` +
    `FROM ${chat.name} c ${where}ORDER BY ${updatedAt} DESC,${id} DESC LIMIT ${maxChats}`;
  const rows = await takeTurn(db, () => db.query(sql, values));
  return rows.map((row) => ({
    id: String(row["id"]),
    updatedAt: toDate(row["at"]),
    title: String(row["title"] ?? ""),
    newest: row["newest"] == null ? -1 : Number(row["newest"]),
  }));
}

/** A raw query returns a column of the type DateTime as a date. */
function toDate(value: unknown): Date {
  return value instanceof Date ? value : new Date(String(value));
}
