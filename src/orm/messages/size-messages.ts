import type { Database } from "../database/database.ts";
import type { SqlText } from "../database/sql-text.ts";
import { join, raw, sql } from "../database/sql-text.ts";
import { branchOrder, readByPosition, readNewest } from "./read-branch.ts";

/** How much text a message has. */
export interface MessageSize {
  readonly id: string;
  readonly position: number | null;
  /** The bytes of its own texts and of those of its tool calls, as a page gets them. */
  readonly bytes: number;
}

/** Which messages of an active branch to measure. */
interface BranchPart {
  /** How many, from the newest one on. */
  readonly take: number;
  /** Only messages with a lower position. */
  readonly below: number | undefined;
  /** A position close to that of the newest message, when it is known. */
  readonly near: number | undefined;
}

/** The columns of a message that may be long. */
const texts = [
  "content",
  "contentRaw",
  "reasoning",
  "thinkingText",
  "thinkingSignature",
  "parts",
  "metadata",
];

/**
 * Measures the newest messages of a chat's active branch. The database does it, so that nothing is read that a page has
 * no room for.
 *
 * @returns the newest message first. `mayLackPlaces` is false when all messages of the chat have a position.
 */
export async function sizeBranch(
  db: Database,
  chatId: string,
  { take, below, near }: BranchPart,
): Promise<{ readonly sizes: readonly MessageSize[]; readonly mayLackPlaces: boolean }> {
  if (db.traits.filtersReads) {
    const rows = await readNewest(db, chatId, take, { below, near, columns: [] });
    const bytes = await sizeMessages(
      db,
      rows.map((row) => row.id),
    );
    const sizes = rows.map(({ id, position = null }) => ({
      id,
      position,
      bytes: bytes.get(id) ?? 0,
    }));
    return { sizes, mayLackPlaces: true };
  }
  const message = db.sql.table("message");
  const column = (name: string): SqlText => raw(`m.${message.column(name)}`);
  const position = column("position");
  const unplaced = sql`EXISTS(SELECT 1 FROM ${raw(message.name)} u WHERE ${raw(`u.${message.column("chatId")}`)}=${chatId} AND ${raw(`u.${message.column("position")}`)} IS NULL)`;
  const search = { take, below, near: near ?? 0 };
  const rows = await readByPosition(db, chatId, search, (part) => {
    const range = [
      sql`${column("chatId")}=${chatId}`,
      sql`${column("active")}=TRUE`,
      part.from === undefined ? sql`${position} IS NOT NULL` : sql`${position}>=${part.from}`,
      ...(part.below === undefined ? [] : [sql`${position}<${part.below}`]),
    ];
    const order = branchOrder.map((name) => sql`${column(name)} DESC`);
    return db.select(
      sql`SELECT ${column("id")} AS id,${position} AS place,${raw(bytesOf(db))} AS bytes,${unplaced} AS unplaced FROM ${raw(message.name)} m WHERE ${join(range, " AND ")} ORDER BY ${join(order, ",")} LIMIT ${part.take}`,
    );
  });
  const sizes = rows.map((row) => ({
    id: String(row["id"]),
    position: Number(row["place"]),
    bytes: Number(row["bytes"]),
  }));
  return { sizes, mayLackPlaces: rows.length === 0 || Number(rows[0]?.["unplaced"]) !== 0 };
}

/** Measures messages in the same way. @returns the bytes of each one that exists, by its id. */
export async function sizeMessages(
  db: Database,
  ids: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (ids.length === 0) return new Map();
  const message = db.sql.table("message");
  const id = raw(`m.${message.column("id")}`);
  const list = join(
    ids.map((one) => sql`${one}`),
    ",",
  );
  const rows = await db.select(
    sql`SELECT ${id} AS id,${raw(bytesOf(db))} AS bytes FROM ${raw(message.name)} m WHERE ${id} IN (${list})`,
  );
  return new Map(rows.map((row) => [String(row["id"]), Number(row["bytes"])]));
}

/** The bytes of a message `m`, with its tool calls. Databases return the sum as different types. */
function bytesOf(db: Database): string {
  const message = db.sql.table("message");
  const sizes = texts
    .filter((name) => db.has("message", name))
    .map((name) => `COALESCE(${db.sql.bytes(`m.${message.column(name)}`)},0)`);
  if (!db.hasModel("toolCall")) return sizes.join("+");
  const table = db.sql.table("toolCall");
  const sizeOf = (name: string): string =>
    db.has("toolCall", name) ? `COALESCE(${db.sql.bytes(`t.${table.column(name)}`)},0)` : "0";
  // Without an output of its own, a call has its result as its output, too.
  const output = `CASE WHEN ${sizeOf("output")}=0 THEN ${sizeOf("result")} ELSE ${sizeOf("output")} END`;
  const calls = [sizeOf("arguments"), sizeOf("result"), output, sizeOf("progress")].join("+");
  const ofMessage = `t.${table.column("messageId")}=m.${message.column("id")}`;
  const sum = `COALESCE((SELECT SUM(${calls}) FROM ${table.name} t WHERE ${ofMessage}),0)`;
  return `${sizes.join("+")}+CASE WHEN m.${message.column("role")}='assistant' THEN ${sum} ELSE 0 END`;
}
