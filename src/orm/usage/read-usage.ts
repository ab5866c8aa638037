import type { UsageGroup, UsageInput } from "../../chat/chat-procedures.ts";
import type { Database } from "../database/database.ts";
import type { Row } from "../database/client/prisma-client-like.ts";
import type { SqlText } from "../database/sql-text.ts";
import { join, raw, sql } from "../database/sql-text.ts";
import type { SumKind } from "./ledger-statements.ts";

/** At most this many days are returned, the newest ones. */
const maxDays = 400;
/** At most this many models, chats or scopes are returned, those with the highest cost. */
const maxGroups = 100;
/** At most about this many calls are sorted for the percentiles: the newest ones, of each day if there are days. */
const maxSamples = 2_000;

/** What is added up. */
export interface UsageQuery extends UsageInput {
  /** The key of a scope; null for all scopes. */
  readonly scope: string | null;
  /** The scope's columns, which the chats of the caller have. */
  readonly columns: Row;
}

/**
 * Tokens, cost, errors and latency of the calls in the ledger, grouped by the database. Whole days come from the sums
 * of days, so that only the rest of the first and the last day is read call by call.
 */
export async function readUsage(db: Database, query: UsageQuery): Promise<UsageGroup[]> {
  const rows = await readSums(db, query);
  const keys = rows.map((row) => String(row["k"]));
  // Beside each other, for databases that can.
  const [percentiles, titles] = await Promise.all([
    readPercentiles(db, query, keys),
    query.groupBy === "chat" ? readTitles(db, query, keys) : null,
  ]);
  const groups = rows.map((row): UsageGroup => {
    const key = String(row["k"]);
    return {
      key,
      title: titles?.get(key) ?? null,
      requests: Number(row["requests"]),
      errors: Number(row["errors"]),
      inputTokens: Number(row["i"]),
      outputTokens: Number(row["o"]),
      cachedTokens: nullableNumber(row["cached"]),
      cost: nullableNumber(row["cost"]),
      p50: nullableNumber(percentiles.get(key)?.["p50"]),
      p95: nullableNumber(percentiles.get(key)?.["p95"]),
    };
  });
  return query.groupBy === "day" ? groups.toReversed() : groups;
}

/**
 * There can be a hundred thousand chats or scopes, so first they are ranked, and then only those that are shown are
 * added up.
 */
async function readSums(db: Database, query: UsageQuery): Promise<readonly Row[]> {
  const { groupBy } = query;
  if (groupBy === "day" || groupBy === "model") return db.select(sumsOf(db, query));
  // By cost, and by requests where no cost is known. PostgreSQL keeps a single sum for each group in memory, where it
  // writes several to the disk.
  const best = await db.select(
    sql`SELECT k FROM ${partsOf(db, query)} GROUP BY k ORDER BY SUM(COALESCE(cost,0)*1e9+requests) DESC LIMIT ${maxGroups}`,
  );
  const keys = best.map((row) => String(row["k"]));
  return keys.length === 0 ? [] : db.select(sumsOf(db, query, keys));
}

/** The groups with the highest cost, or the newest days; with `keys` only those. */
function sumsOf(db: Database, query: UsageQuery, keys?: readonly string[]): SqlText {
  const [order, limit] =
    query.groupBy === "day"
      ? ["k DESC", maxDays]
      : ["SUM(cost) IS NULL, SUM(cost) DESC, SUM(requests) DESC", maxGroups];
  // PostgreSQL needs much more memory for the sum of a BIGINT, which JavaScript could not hold anyway.
  const sum = (name: string): SqlText =>
    raw(`SUM(CAST(${name} AS ${db.sql.isMysql ? "DOUBLE" : "DOUBLE PRECISION"})) AS ${name}`);
  return sql`SELECT k, SUM(requests) AS requests, SUM(errors) AS errors, ${sum("i")}, ${sum("o")},
    ${sum("cached")}, SUM(cost) AS cost FROM ${partsOf(db, query, keys)}
    GROUP BY k ORDER BY ${raw(order)} LIMIT ${limit}`;
}

/** What is added up: rows of sums for whole days, and calls. */
function partsOf(db: Database, query: UsageQuery, keys?: readonly string[]): SqlText {
  const { days, calls } = rangesOf(query);
  const pieces = [
    ...(days === null ? [] : [daySums(db, query, days, keys)]),
    ...calls.map((range) => callSums(db, query, range, keys)),
  ];
  return sql`(${join(pieces, " UNION ALL ")}) AS parts`;
}

/** A range of times in milliseconds, without its end. Null for no bound. */
interface Range {
  readonly from: number | null;
  readonly to: number | null;
}

const dayMs = 86_400_000;

/** Divides what is asked for into whole days and the calls before and after them. */
function rangesOf({ from, to }: UsageInput): { days: Range | null; calls: readonly Range[] } {
  const first = from === undefined ? null : Date.parse(from);
  // Nothing is later than now, so today counts as a whole day.
  const last = to === undefined || Date.parse(to) > Date.now() ? null : Date.parse(to);
  const firstDay = first === null ? null : Math.ceil(first / dayMs) * dayMs;
  const lastDay = last === null ? null : Math.floor(last / dayMs) * dayMs;
  if (firstDay !== null && lastDay !== null && firstDay >= lastDay)
    return { days: null, calls: [{ from: first, to: last }] };
  return {
    days: { from: firstDay, to: lastDay },
    calls: [
      ...(firstDay === first ? [] : [{ from: first, to: firstDay }]),
      ...(lastDay === last ? [] : [{ from: lastDay, to: last }]),
    ],
  };
}

function daySums(
  db: Database,
  { scope, groupBy }: UsageQuery,
  { from, to }: Range,
  keys?: readonly string[],
): SqlText {
  const table = db.sql.table("usageDay");
  const column = (name: string): SqlText => raw(`d.${table.column(name)}`);
  const kind: SumKind = groupBy === "chat" ? "chat" : "model";
  const key = { day: "day", model: "name", chat: "name", scope: "scope" }[groupBy];
  const conditions = [
    sql`${column("kind")}=${kind}`,
    ...(scope === null ? [] : [sql`${column("scope")}=${scope}`]),
    ...(from === null ? [] : [sql`${column("day")}>=${dayOf(from)}`]),
    ...(to === null ? [] : [sql`${column("day")}<${dayOf(to)}`]),
    ...oneOf(column(key), keys),
  ];
  return sql`SELECT ${column(key)} AS k, ${column("requests")} AS requests, ${column("errors")} AS errors,
    ${column("inputTokens")} AS i, ${column("outputTokens")} AS o, ${column("cachedTokens")} AS cached,
    ${column("cost")} AS cost FROM ${raw(table.name)} AS d WHERE ${join(conditions, " AND ")}`;
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

function oneOf(column: SqlText, keys: readonly string[] | undefined): readonly SqlText[] {
  return keys === undefined
    ? []
    : [
        sql`${column} IN (${join(
          keys.map((key) => sql`${key}`),
          ",",
        )})`,
      ];
}

function callSums(
  db: Database,
  query: UsageQuery,
  range: Range,
  keys?: readonly string[],
): SqlText {
  const { column, key, isFailure, from } = callsOf(db, query);
  return sql`SELECT ${key} AS k, 1 AS requests, CASE WHEN ${isFailure} THEN 1 ELSE 0 END AS errors,
    ${column("inputTokens")} AS i, ${column("outputTokens")} AS o, ${column("cachedTokens")} AS cached,
    ${column("cost")} AS cost ${join([from(range), ...oneOf(key, keys)], " AND ")}`;
}

/** The columns and conditions of the ledger itself. */
function callsOf(db: Database, { scope, groupBy }: UsageQuery) {
  const table = db.sql.table("usage");
  const column = (name: string): SqlText => raw(`u.${table.column(name)}`);
  const key = {
    day: dayExpression(db, column("createdAt")),
    model: column("model"),
    chat: column("chatId"),
    scope: column("scope"),
  }[groupBy];
  const status = column("statusCode");
  const from = (range: Range): SqlText => {
    const conditions = [
      ...(scope === null ? [] : [sql`${column("scope")}=${scope}`]),
      ...(range.from === null ? [] : [sql`${column("createdAt")}>=${new Date(range.from)}`]),
      ...(range.to === null ? [] : [sql`${column("createdAt")}<${new Date(range.to)}`]),
    ];
    return sql`FROM ${raw(table.name)} AS u WHERE ${conditions.length === 0 ? raw("1=1") : join(conditions, " AND ")}`;
  };
  return {
    column,
    key,
    // 499 is a call that was stopped: it did not fail, and its duration says nothing about the provider.
    isFailure: sql`${status}<>499 AND (${status}=0 OR ${status}>=400)`,
    isSuccess: sql`${status}<>499 AND ${status}<>0 AND ${status}<400`,
    from,
  };
}

function dayExpression(db: Database, createdAt: SqlText): SqlText {
  switch (db.sql.provider) {
    case "postgresql":
      return sql`to_char(${createdAt},'YYYY-MM-DD')`;
    case "mysql":
      return sql`DATE_FORMAT(${createdAt},'%Y-%m-%d')`;
    default:
      // Prisma's SQLite adapters store ISO 8601 text, or milliseconds, depending on their `timestampFormat`.
      return sql`CASE typeof(${createdAt}) WHEN 'integer' THEN strftime('%Y-%m-%d',${createdAt}/1000,'unixepoch') ELSE substr(${createdAt},1,10) END`;
  }
}

async function readPercentiles(
  db: Database,
  query: UsageQuery,
  keys: readonly string[],
): Promise<ReadonlyMap<string, Row>> {
  if (keys.length === 0) return new Map();
  const rows = await db.select(percentilesOf(db, query, keys));
  return new Map(rows.map((row) => [String(row["k"]), row]));
}

/** The median and the 95th percentile of the durations in each group, of the newest calls that succeeded. */
function percentilesOf(db: Database, query: UsageQuery, keys: readonly string[]): SqlText {
  const { column, key, isSuccess, from } = callsOf(db, query);
  const newest = (range: Range, limit: number): SqlText =>
    sql`SELECT * FROM (SELECT ${key} AS k, ${column("duration")} AS ms ${from(range)} AND ${isSuccess} ORDER BY ${column("createdAt")} DESC LIMIT ${limit}) AS newest`;
  const whole = { from: timeOf(query.from), to: timeOf(query.to) };
  const samples =
    query.groupBy === "day"
      ? keys.map((day) => newest(within(whole, day), Math.ceil(maxSamples / keys.length)))
      : [newest(whole, maxSamples)];
  return sql`WITH calls AS (${join(samples, " UNION ALL ")}), ranked AS (SELECT k, ms,
      ROW_NUMBER() OVER (PARTITION BY k ORDER BY ms) AS place, COUNT(*) OVER (PARTITION BY k) AS total FROM calls)
    SELECT k, MAX(CASE WHEN place<=(total*50+99)/100 THEN ms END) AS p50,
      MAX(CASE WHEN place<=(total*95+99)/100 THEN ms END) AS p95 FROM ranked GROUP BY k`;
}

function timeOf(text: string | undefined): number | null {
  return text === undefined ? null : Date.parse(text);
}

/** The part of a range that is in a day. */
function within({ from, to }: Range, day: string): Range {
  const start = Date.parse(day);
  const end = start + dayMs;
  return { from: Math.max(start, from ?? start), to: Math.min(end, to ?? end) };
}

/** A chat that has left the scope keeps its place in the ledger, but its title is not for this caller any more. */
async function readTitles(
  db: Database,
  { columns }: UsageQuery,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string | null>> {
  if (!db.has("chat", "title")) return new Map();
  const rows = await db.chat.findMany({
    where: { id: { in: [...ids] }, ...columns },
    select: { id: true, title: true },
  });
  return new Map(rows.map((row) => [row.id, row.title ?? null]));
}

function nullableNumber(value: unknown): number | null {
  return value == null ? null : Number(value);
}
