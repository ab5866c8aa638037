import type { Row } from "./client/prisma-client-like.ts";
import type { SqlText } from "./sql-text.ts";
import { bound, join, raw, sql } from "./sql-text.ts";
import type { TableSql } from "./table-sql.ts";

/**
 * Inserts rows of texts and numbers. Several are one value where the database can take them apart, because Prisma and the
 * driver do something for each value. A single one takes fewer bytes as values of its own.
 */
export function insertSql<Column extends string>(
  provider: string,
  table: TableSql,
  columns: readonly Column[],
  rows: readonly { readonly [Name in Column]?: unknown }[],
): SqlText {
  const insert = insertInto(table, columns);
  const isOne = rows.length === 1;
  if (provider === "postgresql" && !isOne) return sql`${insert}${recordsOf(table, columns, rows)}`;
  const values = rows.map((row) => columns.map((name) => row[name]));
  if (provider === "sqlite" && !isOne) {
    const members = raw(columns.map((_, index) => `value->>${index}`).join());
    return sql`${insert}SELECT ${members} FROM json_each(${JSON.stringify(values)})`;
  }
  return sql`${insert}${tuplesOf(values)}`;
}

/**
 * Inserts rows with the same columns on a condition, on SQLite or PostgreSQL. SQLite has no type for dates, so Prisma has to write them.
 * PostgreSQL would not know the types of several rows that are values of their own.
 */
export function insertSqlIf(
  provider: string,
  table: TableSql,
  rows: readonly Row[],
  condition: SqlText,
): SqlText {
  const columns = Object.keys(rows[0] ?? {});
  const insert = insertInto(table, columns);
  if (provider === "postgresql")
    return sql`${insert}${recordsOf(table, columns, rows)} WHERE ${condition}`;
  const values = rows.map((row) => columns.map((name) => row[name] ?? null));
  return sql`${insert}SELECT * FROM (${tuplesOf(values)}) WHERE ${condition}`;
}

function insertInto(table: TableSql, columns: readonly string[]): SqlText {
  return sql`INSERT INTO ${raw(table.name)}(${raw(table.list(columns))})`;
}

function tuplesOf(rows: readonly (readonly unknown[])[]): SqlText {
  const tuples = rows.map((row) => sql`(${join(row.map(bound), ",")})`);
  return sql`VALUES${join(tuples, ",")}`;
}

/** A query of PostgreSQL for the given rows. Its columns have the types of the table. */
function recordsOf<Column extends string>(
  table: TableSql,
  columns: readonly Column[],
  rows: readonly { readonly [Name in Column]?: unknown }[],
): SqlText {
  const records = rows.map((row) =>
    Object.fromEntries(columns.map((name) => [table.plainColumn(name), jsonValue(row[name])])),
  );
  return sql`SELECT ${raw(table.list(columns))} FROM json_populate_recordset(NULL::${raw(table.name)},${JSON.stringify(records)}::json)`;
}

/** A number of JSON would lose the last digits of a bigint. */
function jsonValue(value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
