import type { Database } from "../database/database.ts";
import type { Row } from "../database/client/prisma-client-like.ts";
import { takeTurn } from "./take-turns.ts";

/** Messages that one query reads. */
export const maxMessages = 200;
/** Bytes of a text that are read together with the rows of many others. */
const maxShortBytes = 2_048;
/** Bytes of longer texts that one query reads; a text that is longer still has a query of its own. */
const maxBatchBytes = 262_144;

/** Which messages of some chats to read. */
export interface MessageFilter {
  readonly chatIds: readonly string[];
  /** Only those with one of these ids. */
  readonly ids?: readonly string[] | undefined;
  /** Only the newest ones before this position; null for those from before messages had a position. */
  readonly before?: number | null | undefined;
}

/** A message with a text to search. */
export interface MessageText {
  readonly id: string;
  readonly chatId: string;
  /** -1 for a message from before messages had a position. */
  readonly position: number;
  /** The length in bytes. */
  readonly size: number;
  /** Null when it is too long to be read with the others. */
  text: string | null;
}

/** Reads the texts of the active branches that people have written or seen. Long ones are left out. */
export async function readTexts(
  db: Database,
  { chatIds, ids, before }: MessageFilter,
): Promise<MessageText[]> {
  const message = db.sql.table("message");
  const values: unknown[] = [];
  const list = (items: readonly unknown[]): string =>
    items.map((item) => db.sql.parameter(values.push(item))).join();
  const column = (name: string): string => `m.${message.column(name)}`;
  const position = column("position");
  const size = `octet_length(${column("content")})`;
  const conditions = [
    `${column("chatId")} IN (${list(chatIds)})`,
    `${column("active")}=TRUE`,
    `${column("role")} IN ('user','assistant')`,
    `${size}>0`,
  ];
  if (ids !== undefined) conditions.push(`${column("id")} IN (${list(ids)})`);
  if (before === null) conditions.push(`${position} IS NULL`);
  let limit = "";
  if (typeof before === "number") {
    conditions.push(`${position}<${list([before])}`);
    limit = ` ORDER BY ${position} DESC LIMIT ${maxMessages}`;
  }
  const sql =
    `SELECT ${column("id")} AS id,${column("chatId")} AS chat,${position} AS position,${size} AS size,` +
    `CASE WHEN ${size}<=${maxShortBytes} THEN ${column("content")} END AS text ` +
    `FROM ${message.name} m WHERE ${conditions.join(" AND ")}${limit}`;
  const rows = await takeTurn(db, () => db.query(sql, values));
  return rows.map((row) => ({
    id: String(row["id"]),
    chatId: String(row["chat"]),
    position: row["position"] == null ? -1 : Number(row["position"]),
    size: Number(row["size"]),
    text: row["text"] == null ? null : String(row["text"]),
  }));
}

/** Reads the text of the first message, if it was left out, and of as many of those after it as one query may read. */
export async function readLongTexts(db: Database, messages: readonly MessageText[]): Promise<void> {
  const batch: MessageText[] = [];
  let bytes = 0;
  for (const message of messages) {
    if (message.text !== null) continue;
    bytes += message.size;
    if (batch.length > 0 && bytes > maxBatchBytes) break;
    batch.push(message);
  }
  const table = db.sql.table("message");
  const ids = batch.map((message) => message.id);
  const list = ids.map((_, index) => db.sql.parameter(index + 1)).join();
  const sql =
    `SELECT ${table.column("id")} AS id,${table.column("content")} AS text ` +
    `FROM ${table.name} WHERE ${table.column("id")} IN (${list})`;
  const rows: readonly Row[] = await takeTurn(db, () => db.query(sql, ids));
  const texts = new Map(rows.map((row) => [String(row["id"]), row["text"]]));
  for (const message of batch) message.text = String(texts.get(message.id) ?? "");
}
