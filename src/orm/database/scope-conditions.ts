import type { Row } from "./prisma-client-like.ts";
import type { TableSql } from "./sql-dialect.ts";

/**
 * The columns of a scope as SQL conditions.
 *
 * @param alias of the chat's table
 * @param value adds a value to those of the statement and gives its place
 */
export function scopeConditions(
  scope: Row,
  chat: TableSql,
  alias: string,
  value: (item: unknown) => string,
): string[] {
  return Object.entries(scope).map(([column, wanted]) =>
    wanted === null
      ? `${alias}.${chat.column(column)} IS NULL`
      : `${alias}.${chat.column(column)}=${value(wanted)}`,
  );
}
