import type { ChatStats, UsageGroup, UsageInput } from "../../chat/chat-procedures.ts";
import type { Database } from "../database/database.ts";
import type { Row } from "../database/prisma-client-like.ts";
import { scopeConditions } from "../database/sql-dialect.ts";

/** What a chat has used so far, added up by the database in one query. */
export async function readStats(db: Database, chatId: string): Promise<ChatStats> {
  const { _sum: sum } = await db.request.aggregate({
    where: { chatId },
    _sum: {
      inputTokens: true,
      outputTokens: true,
      cost: true,
      ...(db.has("request", "cachedTokens") ? { cachedTokens: true } : {}),
    },
  });
  const cached = sum["cachedTokens"] ?? null;
  const input = sum["inputTokens"] ?? 0;
  const output = sum["outputTokens"] ?? 0;
  return {
    input_tokens: input,
    output_tokens: output,
    total_tokens: input + output,
    cost: sum["cost"] ?? null,
    ...(cached === null ? {} : { cached_tokens: cached }),
  };
}

/** At most this many groups are returned: the newest days, or the models or chats with the highest cost. */
const maxGroups = 400;

/**
 * Tokens, cost, errors and latency of the requests in a scope, grouped by the database in one query.
 *
 * @param scope columns that the chat rows must have.
 */
export async function readUsage(
  db: Database,
  scope: Row,
  input: UsageInput,
): Promise<UsageGroup[]> {
  const values: unknown[] = [];
  const value = (item: unknown): string => db.sql.parameter(values.push(item));
  const chat = db.sql.table("chat");
  const request = db.sql.table("request");
  const createdAt = `r.${request.column("createdAt")}`;
  const key = keyOf(db, input.groupBy);
  const status = `r.${request.column("statusCode")}`;
  // 499 is a call that was stopped: it did not fail, and its duration says nothing about the provider.
  const outcome = `CASE WHEN ${status}=499 THEN 'stopped' WHEN ${status}=0 OR ${status}>=400 THEN 'failed' ELSE 'ok' END`;

  const conditions = scopeConditions(scope, chat, "c", value);
  if (input.from !== undefined) conditions.push(`${createdAt}>=${value(new Date(input.from))}`);
  if (input.to !== undefined) conditions.push(`${createdAt}<${value(new Date(input.to))}`);
  const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
  const hasCached = db.has("request", "cachedTokens");
  const title = db.has("chat", "title") ? `c.${chat.column("title")}` : "NULL";

  const sql = `
    WITH calls AS (
      SELECT ${key} AS k, ${title} AS title, r.${request.column("inputTokens")} AS i,
        r.${request.column("outputTokens")} AS o, r.${request.column("cost")} AS cost,
        ${hasCached ? `r.${request.column("cachedTokens")}` : "NULL"} AS cached,
        r.${request.column("duration")} AS ms, ${outcome} AS outcome
      FROM ${request.name} r JOIN ${chat.name} c ON c.${chat.column("id")}=r.${request.column("chatId")} ${where}
    ), ranked AS (
      SELECT calls.*, ROW_NUMBER() OVER (PARTITION BY k, outcome ORDER BY ms) AS rank,
        COUNT(*) OVER (PARTITION BY k, outcome) AS total FROM calls
    )
    SELECT k, MAX(title) AS title, COUNT(*) AS requests, SUM(CASE WHEN outcome='failed' THEN 1 ELSE 0 END) AS errors, SUM(i) AS i, SUM(o) AS o,
      SUM(cost) AS cost, ${hasCached ? "SUM(cached)" : "NULL"} AS cached,
      MAX(CASE WHEN outcome='ok' AND rank<=(total*50+99)/100 THEN ms END) AS p50,
      MAX(CASE WHEN outcome='ok' AND rank<=(total*95+99)/100 THEN ms END) AS p95
    FROM ranked GROUP BY k ORDER BY ${input.groupBy === "day" ? "k DESC" : "SUM(cost) IS NULL, SUM(cost) DESC, COUNT(*) DESC"}
    LIMIT ${maxGroups}`.replaceAll(/\s+/g, " ");
  const rows = await db.query(sql, values);
  const groups = rows.map((row) => toGroup(row, input.groupBy));
  return input.groupBy === "day" ? groups.toReversed() : groups;
}

function keyOf(db: Database, groupBy: UsageInput["groupBy"]): string {
  const request = db.sql.table("request");
  if (groupBy === "model") return `r.${request.column("model")}`;
  if (groupBy === "chat") return `r.${request.column("chatId")}`;
  const createdAt = `r.${request.column("createdAt")}`;
  switch (db.sql.provider) {
    case "postgresql":
      return `to_char(${createdAt},'YYYY-MM-DD')`;
    case "mysql":
      return `DATE_FORMAT(${createdAt},'%Y-%m-%d')`;
    default:
      // Prisma's SQLite adapters store ISO 8601 text, or milliseconds, depending on their `timestampFormat`.
      return (
        `CASE typeof(${createdAt}) WHEN 'integer' THEN strftime('%Y-%m-%d',${createdAt}/1000,'unixepoch') ` +
        `ELSE substr(${createdAt},1,10) END`
      );
  }
}

function toGroup(row: Row, groupBy: UsageInput["groupBy"]): UsageGroup {
  return {
    key: String(row["k"]),
    title: groupBy === "chat" && row["title"] != null ? String(row["title"]) : null,
    requests: Number(row["requests"]),
    errors: Number(row["errors"]),
    inputTokens: Number(row["i"]),
    outputTokens: Number(row["o"]),
    cachedTokens: nullableNumber(row["cached"]),
    cost: nullableNumber(row["cost"]),
    p50: nullableNumber(row["p50"]),
    p95: nullableNumber(row["p95"]),
  };
}

function nullableNumber(value: unknown): number | null {
  return value == null ? null : Number(value);
}
