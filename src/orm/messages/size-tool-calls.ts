import type { Database } from "../database/database.ts";
import type { MessageRow } from "../database/rows.ts";
import { join, raw, sql } from "../database/sql-text.ts";
import { mayHaveTools } from "./read-branch.ts";

/**
 * How much text the tool calls of messages have, as a page gets it. The database measures it, so that nothing is read
 * that a page has no room for.
 *
 * @returns the bytes of each message that has calls, by its id.
 */
export async function sizeToolCalls(
  db: Database,
  messages: readonly MessageRow[],
): Promise<ReadonlyMap<string, number>> {
  const ids = db.hasModel("toolCall") ? messages.filter(mayHaveTools).map((row) => row.id) : [];
  if (ids.length === 0) return new Map();
  const table = db.sql.table("toolCall");
  const bytesOf = (column: string): string =>
    db.has("toolCall", column) ? `COALESCE(${db.sql.bytes(table.column(column))},0)` : "0";
  // Without an output of its own, a call has its result as its output, too.
  const output = `CASE WHEN ${bytesOf("output")}=0 THEN ${bytesOf("result")} ELSE ${bytesOf("output")} END`;
  const sizes = [bytesOf("arguments"), bytesOf("result"), output, bytesOf("progress")];
  const messageId = raw(table.column("messageId"));
  const rows = await db.select(
    sql`SELECT ${messageId} AS id,SUM(${raw(sizes.join("+"))}) AS bytes FROM ${raw(table.name)} WHERE ${messageId} IN (${join(
      ids.map((id) => sql`${id}`),
      ",",
    )}) GROUP BY ${messageId}`,
  );
  // Databases return a sum as different types.
  return new Map(rows.map((row) => [String(row["id"]), Number(row["bytes"])]));
}
