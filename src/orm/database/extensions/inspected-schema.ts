import type { SqlDialect } from "../sql-dialect.ts";
import type { ModelNames, TableRole } from "../table-names.ts";

/** What is known of a database when its client is inspected. */
export interface Schema {
  readonly names: ModelNames;
  readonly sql: SqlDialect;
  /** Whether a model has a column. */
  has(role: TableRole, column: string): boolean;
}
