import type { Row } from "../../database/client/prisma-client-like.ts";
import type { Database } from "../../database/database.ts";
import type { ChatRow } from "../../database/rows.ts";
import type { SqlText } from "../../database/sql-text.ts";
import { bound, raw, sql } from "../../database/sql-text.ts";
import { branchOrder } from "../../messages/read-branch.ts";
import { noSuchChat, readChat } from "../../messages/read-chat.ts";
import type { Head } from "./head.ts";
import { headColumns } from "./head.ts";

/** A chat that is about to get messages. */
export interface OpenedChat {
  readonly chat: ChatRow;
  /** Its newest message; null when there is none, and undefined when it was not read. */
  readonly head: Head | null | undefined;
}

const chatColumns = [
  "id",
  "model",
  "provider",
  "instructions",
  "metadata",
  "createdAt",
  "updatedAt",
  "title",
  "userId",
  "temperature",
  "lastPosition",
] as const satisfies readonly (keyof ChatRow)[];

const messageColumns = [
  "id",
  "position",
  ...headColumns,
] as const satisfies readonly (keyof Head)[];

/**
 * Reads a chat that is about to get messages, together with the newest one where one statement can read both. That
 * statement is made for the columns of `ChatRow`, and leaves out those that only the app knows.
 *
 * @param scope columns that the row must have, such as its owner's id.
 * @throws ChatError `NOT_FOUND` when there is no such row.
 */
export async function openChat(db: Database, id: string, scope: Row = {}): Promise<OpenedChat> {
  const columns = chatColumns.filter((name) => db.has("chat", name));
  const isRaw =
    db.supports("turns") &&
    db.raw.allow("read", "chat", columns) &&
    db.raw.finds("chat", { id, ...scope }) &&
    db.raw.allow("read", "message", ["chatId", ...messageColumns]);
  if (!isRaw) return { chat: await readChat(db, id, scope), head: undefined };
  const [row] = await db.select(chatAndHead(db, columns, { id, ...scope }));
  if (row === undefined) throw noSuchChat();
  const read = <Read extends object>(role: "chat" | "message", names: readonly string[]): Read => {
    const values = names.map((name) => [name, db.raw.value(role, name, row[`${role}_${name}`])]);
    // `allow` knows that the columns have these types.
    return Object.fromEntries(values) as Read;
  };
  const head = read<Head>("message", messageColumns);
  if (head.id !== null) return { chat: read("chat", columns), head };
  // Messages of other programs have no position yet.
  return { chat: read("chat", columns), head: row["has_messages"] ? undefined : null };
}

function chatAndHead(db: Database, columns: readonly string[], { id, ...scope }: Row): SqlText {
  const [chat, message] = [db.sql.table("chat"), db.sql.table("message")];
  const own = columns.map((name) => {
    return `${db.raw.expression("chat", name, `c.${chat.column(name)}`)} AS "chat_${name}"`;
  });
  const ofHead = messageColumns.map((name) => `h.${message.column(name)} AS "message_${name}"`);
  const order = branchOrder.filter((name) => db.has("message", name));
  const active = db.has("message", "active") ? `${message.column("active")}=TRUE AND ` : "";
  const ofChat = sql`FROM ${raw(message.name)} WHERE ${raw(message.column("chatId"))}=${bound(id)}`;
  const newest = sql`SELECT ${raw(message.list(messageColumns))} ${ofChat} AND ${raw(active + message.column("position"))} IS NOT NULL ORDER BY ${raw(order.map((name) => `${message.column(name)} DESC`).join())} LIMIT 1`;
  const hasMessages = sql`CASE WHEN h.${raw(message.column("id"))} IS NULL THEN EXISTS(SELECT 1 ${ofChat}) END AS "has_messages"`;
  return sql`SELECT ${raw([...own, ...ofHead].join())},${hasMessages} FROM ${raw(chat.name)} AS c LEFT JOIN (${newest}) AS h ON TRUE WHERE ${db.sql.where("chat", "c", { id, ...scope })}`;
}
