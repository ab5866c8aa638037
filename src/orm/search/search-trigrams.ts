import type { Database } from "../database/database.ts";
import type { Row } from "../database/client/prisma-client-like.ts";
import { isCancelled } from "../database/prisma-errors.ts";
import { scopeConditions } from "../database/table-sql.ts";
import type { Candidate, Candidates } from "./candidates.ts";
import { maxCandidates, toCandidates } from "./candidates.ts";
import { certainRuns } from "./certain-runs.ts";
import { foldCase } from "./text-finder.ts";

/** How many of a text's words are looked up. */
const maxWords = 3;
/** After this time PostgreSQL gives up, in milliseconds. */
const maxMs = 500;

/** Looks a text up with the trigram indexes that `prisma/search/postgresql.sql` creates. */
export async function searchTrigrams(
  db: Database,
  scope: Row,
  text: string,
): Promise<Candidates | null> {
  const letters = await readIndexedLetters(db);
  if (letters === null) return null;
  // Only letters and digits are in the index. A word with fewer than three would mean all of it.
  const words = certainRuns(text).flatMap((run) => foldCase(run.join("")).match(letters) ?? []);
  const longest = words.toSorted((a, b) => b.length - a.length).slice(0, maxWords);
  if (longest.length === 0) return null;
  const rows = await readMatches(db, scope, longest);
  return rows === null || rows.length > maxCandidates ? null : toCandidates(rows);
}

/** The words that the indexes have; null when there are no indexes. */
async function readIndexedLetters(db: Database): Promise<RegExp | null> {
  const tables = [db.sql.table("message").name, db.sql.table("chat").name];
  const [row] = await db.query(
    "SELECT COUNT(DISTINCT indrelid) AS tables,lower('ÄПԱ')='äпա' AS folds FROM pg_index WHERE indisvalid " +
      "AND indrelid IN (to_regclass($1),to_regclass($2)) AND pg_get_indexdef(indexrelid) LIKE '%lower(%gin_trgm_ops%'",
    tables,
  );
  if (Number(row?.["tables"]) !== tables.length) return null;
  // With the locale "C", PostgreSQL knows the letters A to Z only.
  return row?.["folds"] === true ? /[\p{L}\p{N}]{3,}/gu : /[a-z0-9]{3,}/g;
}

/** Reads the messages and titles in a scope that have all of the words; null when it takes too long. */
async function readMatches(
  db: Database,
  scope: Row,
  words: readonly string[],
): Promise<readonly Candidate[] | null> {
  const chat = db.sql.table("chat");
  const message = db.sql.table("message");
  const values: unknown[] = [];
  const bind = (value: unknown): string => db.sql.parameter(values.push(value));
  const inScope = scopeConditions(scope, chat, "c", bind);
  const patterns = words.map((word) => bind(`%${word}%`));
  const contains = (column: string): readonly string[] =>
    patterns.map((pattern) => `lower(${column}) LIKE ${pattern}`);
  const id = `c.${chat.column("id")}`;
  const said = [
    ...inScope,
    `m.${message.column("active")}`,
    `m.${message.column("role")} IN ('user','assistant')`,
    ...contains(`m.${message.column("content")}`),
  ];
  const named = [...inScope, ...contains(`c.${chat.column("title")}`)];
  const sql =
    `SELECT ${id} AS chat,m.${message.column("id")} AS message FROM ${message.name} m ` +
    `JOIN ${chat.name} c ON ${id}=m.${message.column("chatId")} WHERE ${said.join(" AND ")} ` +
    `UNION ALL SELECT ${id},NULL FROM ${chat.name} c WHERE ${named.join(" AND ")} ` +
    `LIMIT ${maxCandidates + 1}`;
  const timeout = db.execute(`SET LOCAL statement_timeout=${maxMs}`, []);
  try {
    const rows = await db.batchUntil(timeout, db.queryInBatch(sql, values));
    return rows.map((row) => ({
      chat: String(row["chat"]),
      message: row["message"] == null ? null : String(row["message"]),
    }));
  } catch (error) {
    if (isCancelled(error)) return null;
    throw error;
  }
}
