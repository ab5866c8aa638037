import type { Database } from "../database/database.ts";
import type { PrismaPromise, Row } from "../database/prisma-client-like.ts";
import type { UsageRow } from "../database/rows.ts";
import type { SqlText } from "../database/sql-text.ts";
import { join, raw, sql } from "../database/sql-text.ts";
import { addSpent } from "./account-statements.ts";

/** A call of a provider as the ledger gets it. */
export interface LedgerEntry extends Omit<UsageRow, "createdAt" | "kind"> {
  readonly kind: "answer" | "title";
}

/** What the sums of a day are made of: the rows of each model and those of each chat. */
export type SumKind = "model" | "chat";

/** The statements that add a call to the ledger, to the sums of its day, and to what its scope has spent. */
export function addToLedger(
  db: Database,
  entry: LedgerEntry,
  now: number,
): readonly PrismaPromise<unknown>[] {
  const { ledger } = db;
  if (ledger === null) return [];
  const { scope, inputTokens, outputTokens, cost } = entry;
  const data: Row = { ...entry, createdAt: new Date(now) };
  return [
    ledger.usage.createMany({ data: [db.pick("usage", data)] }),
    addToDay(db, entry, now),
    addSpent(db, scope, { tokens: inputTokens + outputTokens, cost: cost ?? 0 }, now),
  ];
}

/** The columns of `LlmUsageDay` that are sums. */
const sums = ["requests", "errors", "inputTokens", "outputTokens"];
/** The same for those that are null until a call has a value. */
const optionalSums = ["cachedTokens", "cost"];

function addToDay(db: Database, entry: LedgerEntry, now: number): PrismaPromise<number> {
  const table = db.sql.table("usageDay");
  const column = (name: string): SqlText => raw(table.column(name));
  const old = (name: string): SqlText => raw(`d.${table.column(name)}`);
  const next = (name: string): SqlText => raw(`excluded.${table.column(name)}`);
  const { scope, model, chatId, inputTokens, outputTokens, cachedTokens, cost } = entry;
  const day = new Date(now).toISOString().slice(0, 10);
  const row = (kind: SumKind, name: string): SqlText =>
    sql`SELECT ${scope},${kind},${day},${name},1,${isFailure(entry) ? 1 : 0},${inputTokens},${outputTokens},${optional(cachedTokens, "BIGINT")},${optional(cost, "DOUBLE PRECISION")} WHERE 1=1`;
  const keys = ["scope", "kind", "day", "name"];
  const changes = [
    ...sums.map((name) => sql`${column(name)}=${old(name)}+${next(name)}`),
    ...optionalSums.map(
      (name) =>
        sql`${column(name)}=CASE WHEN ${next(name)} IS NULL THEN ${old(name)} ELSE COALESCE(${old(name)},0)+${next(name)} END`,
    ),
  ];
  const names = join([...keys, ...sums, ...optionalSums].map(column), ",");
  return db.statement(
    sql`INSERT INTO ${raw(table.name)} AS d(${names}) ${row("model", model)} UNION ALL ${row("chat", chatId)} ON CONFLICT(${join(keys.map(column), ",")}) DO UPDATE SET ${join(changes, ",")}`,
  );
}

/** A call that was stopped (499) did not fail. */
function isFailure({ statusCode }: Pick<LedgerEntry, "statusCode">): boolean {
  return statusCode !== 499 && (statusCode === 0 || statusCode >= 400);
}

/** PostgreSQL does not know the type of a bare NULL. */
function optional(value: number | null, type: string): SqlText {
  return value === null ? raw(`CAST(NULL AS ${type})`) : sql`CAST(${value} AS ${raw(type)})`;
}
