import type { Database } from "../database/database.ts";
import type { Row } from "../database/client/prisma-client-like.ts";
import { scopeConditions } from "../database/table-sql.ts";
import type { Candidate, Candidates } from "./candidates.ts";
import { maxCandidates, toCandidates } from "./candidates.ts";
import { certainRuns } from "./certain-runs.ts";
import { takeTurn } from "./take-turns.ts";

/** How many of a text's trigrams are looked up. */
const maxTrigrams = 4;
/** Rows of the index that one query covers, and returns: it takes a few milliseconds, whatever is stored. */
const windowSize = 25_000;
const maxRows = 500;
/** After this time the index is given up, in milliseconds. */
const maxMs = 250;

/** What the triggers that keep the index react to. Without one of them the index is not complete. */
const events = ["insert", "update", "delete"];

/**
 * Looks a text up in the FTS5 table that `prisma/search/sqlite.sql` creates. It has a row for each message, under the
 * number of the message's own row, and one for each title, under the negative number of its chat's row.
 */
export async function searchFts(
  db: Database,
  scope: Row,
  text: string,
): Promise<Candidates | null> {
  const query = ftsQuery(text);
  if (query === null) return null;
  const newest = await readNewestNumbers(db);
  if (newest === null) return null;
  const deadline = Date.now() + maxMs;
  const found: Candidate[] = [];
  for (const role of ["message", "chat"] as const) {
    let below = newest[role] + 1;
    while (below > 1) {
      const from = Math.max(1, below - windowSize);
      const window = { role, query, from, below };
      const rows = await takeTurn(db, () => readWindow(db, scope, window));
      for (const { chat, message } of rows) if (chat !== null) found.push({ chat, message });
      if (found.length > maxCandidates || Date.now() > deadline) return null;
      const last = rows.at(-1);
      below = last !== undefined && rows.length === maxRows ? last.number : from;
    }
  }
  return toCandidates(found);
}

/** A query for some of the text's trigrams, as far from each other as possible; null when the text has none. */
function ftsQuery(text: string): string | null {
  const all = certainRuns(text).flatMap((run) =>
    run.slice(2).map((_, index) => run.slice(index, index + 3).join("")),
  );
  const step = (all.length - 1) / (maxTrigrams - 1);
  const chosen = Array.from({ length: maxTrigrams }, (_, index) => all[Math.round(index * step)]);
  const terms = new Set(chosen.filter((one) => one !== undefined));
  if (terms.size === 0) return null;
  return [...terms].map((one) => `"${one.replaceAll('"', '""')}"`).join(" AND ");
}

/** The highest numbers of rows; null when there is no complete index. */
async function readNewestNumbers(
  db: Database,
): Promise<{ readonly message: number; readonly chat: number } | null> {
  const tables = [db.sql.table("message"), db.sql.table("chat")] as const;
  const names = tables.flatMap(({ plainName }) =>
    events.map((event) => `${plainName}_search_${event}`),
  );
  const [message, chat] = tables.map(({ name }) => `(SELECT MAX(rowid) FROM ${name})`);
  const sql =
    `SELECT COUNT(*) AS triggers,${message} AS message,${chat} AS chat FROM sqlite_master ` +
    `WHERE type='trigger' AND name IN (${names.map(() => "?").join()})`;
  const [row] = await takeTurn(db, () => db.query(sql, names));
  if (Number(row?.["triggers"]) !== names.length) return null;
  return { message: Number(row?.["message"] ?? 0), chat: Number(row?.["chat"] ?? 0) };
}

/** The rows of a table from one number up to, and without, another one. */
interface Window {
  readonly role: "message" | "chat";
  readonly query: string;
  readonly from: number;
  readonly below: number;
}

/** Reads the newest rows of a window that match. Those outside of the scope have no chat. */
async function readWindow(
  db: Database,
  scope: Row,
  { role, query, from, below }: Window,
): Promise<
  readonly {
    readonly number: number;
    readonly chat: string | null;
    readonly message: string | null;
  }[]
> {
  const chat = db.sql.table("chat");
  const message = db.sql.table("message");
  const index = `"${message.plainName.replaceAll('"', '""')}_search"`;
  const values: unknown[] = [query];
  const bind = (value: unknown): string => db.sql.parameter(values.push(value));
  const inScope = scopeConditions(scope, chat, "c", bind).map((condition) => ` AND ${condition}`);
  const isMessage = role === "message";
  const [number, range, order] = isMessage
    ? ["rowid", `${from} AND ${below - 1}`, "DESC"]
    : ["-rowid", `${1 - below} AND ${-from}`, "ASC"];
  const messages = isMessage ? `LEFT JOIN ${message.name} m ON m.rowid=f.n ` : "";
  const chatOf = isMessage ? `c.${chat.column("id")}=m.${message.column("chatId")}` : "c.rowid=f.n";
  const sql =
    `SELECT f.n AS n,c.${chat.column("id")} AS chat,` +
    `${isMessage ? `m.${message.column("id")}` : "NULL"} AS message FROM (` +
    `SELECT ${number} AS n FROM ${index} WHERE ${index} MATCH ? AND rowid BETWEEN ${range} ` +
    `ORDER BY rowid ${order} LIMIT ${maxRows}) f ` +
    `${messages}LEFT JOIN ${chat.name} c ON ${chatOf}${inScope.join("")} ORDER BY f.n DESC`;
  const rows = await db.query(sql, values);
  return rows.map((row) => ({
    number: Number(row["n"]),
    chat: row["chat"] == null ? null : String(row["chat"]),
    message: row["message"] == null ? null : String(row["message"]),
  }));
}
