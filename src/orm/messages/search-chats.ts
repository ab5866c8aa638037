import type { Database } from "../database/database.ts";
import { searchByCalls } from "./search-by-calls.ts";
import type { ChatSearch } from "./chat-search.ts";
import { charsAfter, charsBefore, spellings, tidy } from "./chat-search.ts";
import { scopeConditions } from "../database/sql-dialect.ts";

/**
 * Finds chats with a text in their title, or in a message of their active branch, and lists the one that was updated
 * last first. Case is ignored as the database does it, and on SQLite as `spellings` says.
 *
 * @returns for the id of each chat an excerpt from the newest message with the text; null when the title has it.
 */
export async function searchChats(
  db: Database,
  { scope, text, after, take }: ChatSearch,
): Promise<ReadonlyMap<string, string | null>> {
  // No stored text contains NUL, and PostgreSQL refuses it.
  if (text.includes("\0")) return new Map();
  if (db.traits.filtersReads || db.traits.changesText)
    return searchByCalls(db, { scope, text, after, take });
  const values: unknown[] = [];
  const value = (item: unknown): string => db.sql.parameter(values.push(item));
  const chat = db.sql.table("chat");
  const message = db.sql.table("message");
  const like = db.sql.provider === "postgresql" ? "ILIKE" : "LIKE";
  const wanted = db.sql.provider === "sqlite" ? spellings(text) : [text];
  const isLike = (column: string): string => {
    // SQLite has no default escape character.
    const patterns = wanted.map((spelling) => `%${spelling.replaceAll(/[%_!]/g, "!$&")}%`);
    const tests = patterns.map((pattern) => `${column} ${like} ${value(pattern)} ESCAPE '!'`);
    return tests.length === 1 ? tests.join("") : `(${tests.join(" OR ")})`;
  };

  // Placeholders may have no numbers, so values have to be bound in the order in which the statement uses them.
  const content = `m.${message.column("content")}`;
  const said = (chatId: string): string =>
    `FROM ${message.name} m WHERE m.${message.column("chatId")}=${chatId} ` +
    `AND m.${message.column("active")}=TRUE AND m.${message.column("role")} IN ('user','assistant') ` +
    `AND ${isLike(content)}`;
  const excerpt = `(SELECT ${excerptOf(db, content, wanted, value)} ${said("f.id")} ORDER BY m.${message.column("position")} DESC LIMIT 1)`;
  const title = `c.${chat.column("title")}`;
  const id = `c.${chat.column("id")}`;
  const updatedAt = `c.${chat.column("updatedAt")}`;
  const named = `CASE WHEN ${isLike(title)} THEN 1 ELSE 0 END`;
  const conditions = scopeConditions(scope, chat, "c", value);
  if (after !== null) {
    const time = (): string => value(after.updatedAt);
    conditions.push(
      `(${updatedAt}<${time()} OR (${updatedAt}=${time()} AND ${id}<${value(after.id)}))`,
    );
  }
  conditions.push(`(${isLike(title)} OR EXISTS (SELECT 1 ${said(id)}))`);
  const rows = await db.query(
    `SELECT f.id AS id, CASE WHEN f.named=1 THEN NULL ELSE ${excerpt} END AS excerpt FROM (` +
      `SELECT ${id} AS id, ${updatedAt} AS at, ${named} AS named FROM ${chat.name} c ` +
      `WHERE ${conditions.join(" AND ")} ORDER BY ${updatedAt} DESC, ${id} DESC LIMIT ${take}` +
      `) f ORDER BY f.at DESC, f.id DESC`,
    values,
  );
  return new Map(
    rows.map((row) => [
      String(row["id"]),
      row["excerpt"] == null ? null : tidy(String(row["excerpt"]), text),
    ]),
  );
}

/** SQL for the text around the first match, with one more character at each end where the content goes on. */
function excerptOf(
  db: Database,
  content: string,
  wanted: readonly string[],
  value: (item: unknown) => string,
): string {
  const findOne = (text: string): string =>
    db.sql.provider === "postgresql"
      ? `position(lower(${value(text)}) in lower(${content}))`
      : db.sql.provider === "mysql"
        ? `LOCATE(${value(text)},${content})`
        : `instr(lower(${content}),lower(${value(text)}))`;
  const find = (): string =>
    `COALESCE(${wanted.map((text) => `NULLIF(${findOne(text)},0)`).join()},1)`;
  const length = charsBefore + (wanted[0]?.length ?? 0) + charsAfter + 2;
  return `substr(${content},CASE WHEN ${find()}>${charsBefore + 1} THEN ${find()}-${charsBefore + 1} ELSE 1 END,${length})`;
}
