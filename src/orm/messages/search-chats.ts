import type { Database } from "../database/database.ts";
import type { Row } from "../database/prisma-client-like.ts";
import { scopeConditions } from "../database/scope-conditions.ts";

/** What is looked for, and where to go on. */
export interface ChatSearch {
  /** Columns of the chat row. */
  readonly scope: Row;
  readonly text: string;
  /** Only chats behind this one in the list. */
  readonly behind: { readonly updatedAt: Date; readonly id: string } | null;
  readonly take: number;
}

const charsBefore = 30;
const charsBehind = 90;

/**
 * The chats whose title has a text, or whose questions and answers on the active branch have it, the one that
 * changed last first. The value of each is what stands around the newest place in its messages; null when the
 * title has it. Case is ignored as the database knows it, and on SQLite as `spellings` says.
 */
export async function searchChats(
  db: Database,
  { scope, text, behind, take }: ChatSearch,
): Promise<ReadonlyMap<string, string | null>> {
  // No stored text has it, and PostgreSQL takes it for an error.
  if (text.includes("\0")) return new Map();
  const values: unknown[] = [];
  const value = (item: unknown): string => db.sql.parameter(values.push(item));
  const chat = db.sql.table("chat");
  const message = db.sql.table("message");
  const like = db.sql.provider === "postgresql" ? "ILIKE" : "LIKE";
  const wanted = db.sql.provider === "sqlite" ? spellings(text) : [text];
  const isLike = (column: string): string => {
    // SQLite has no character to escape with unless it is told one.
    const patterns = wanted.map((spelling) => `%${spelling.replaceAll(/[%_!]/g, "!$&")}%`);
    const tests = patterns.map((pattern) => `${column} ${like} ${value(pattern)} ESCAPE '!'`);
    return tests.length === 1 ? tests.join("") : `(${tests.join(" OR ")})`;
  };

  // Where places have no numbers the values have to come in the order of the text: so do these lines.
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
  if (behind !== null) {
    const time = (): string => value(behind.updatedAt);
    conditions.push(
      `(${updatedAt}<${time()} OR (${updatedAt}=${time()} AND ${id}<${value(behind.id)}))`,
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

/**
 * SQLite ignores the case of the letters A to Z alone: others are looked for in the spellings that words have
 * as a rule. What is spelled otherwise is found when it is written so.
 */
function spellings(text: string): readonly string[] {
  if (/^[ -~]*$/.test(text)) return [text];
  const lower = text.toLowerCase();
  const upper = text.toUpperCase();
  const first = lower.replace(/\p{L}/u, (letter) => letter.toUpperCase());
  const each = lower.replaceAll(/(?<!\p{L})\p{L}/gu, (letter) => letter.toUpperCase());
  return [...new Set([text, lower, upper, first, each])];
}

/** The text around the first place, with one character more at each end where it goes on. */
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
  const length = charsBefore + (wanted[0]?.length ?? 0) + charsBehind + 2;
  return `substr(${content},CASE WHEN ${find()}>${charsBefore + 1} THEN ${find()}-${charsBefore + 1} ELSE 1 END,${length})`;
}

/** One line, cut at words where there are some, with a mark where it was cut. */
function tidy(excerpt: string, text: string): string {
  const at = excerpt.toLowerCase().indexOf(text.toLowerCase());
  const isCutBefore = at > charsBefore;
  const isCutBehind = excerpt.length > Math.max(at, 0) + text.length + charsBehind;
  let line = excerpt.replaceAll(/\s+/g, " ");
  if (isCutBefore) line = line.replace(/^\S{0,20}\s/, "");
  if (isCutBehind) line = line.replace(/\s\S{0,20}$/, "");
  return `${isCutBefore ? "…" : ""}${line.trim()}${isCutBehind ? "…" : ""}`;
}
