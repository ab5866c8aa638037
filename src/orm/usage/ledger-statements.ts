import { createHash } from "node:crypto";
import type { Database } from "../database/database.ts";
import type { PrismaPromise, Row } from "../database/client/prisma-client-like.ts";
import type { UsageRow } from "../database/rows.ts";
import type { SqlText } from "../database/sql-text.ts";
import { raw, sql } from "../database/sql-text.ts";
import { addSpent, correctSpent } from "./account-statements.ts";

/** A call of a provider as the ledger gets it. */
export interface LedgerEntry extends Omit<UsageRow, "createdAt" | "kind"> {
  readonly kind: "answer" | "title";
}

/** What the sums of a day are made of: the rows of each model and those of each chat. */
export type SumKind = "model" | "chat";

/** The error code of a call whose process seemed to be gone. What the ledger says of it is an estimate. */
export const interrupted = "INTERRUPTED";

/**
 * The id of the call after another one in the ledger. A process and the one that recovers its answer both know it, so
 * that a call which both of them record is in the ledger once.
 */
export function nextCallId(id: string): string {
  const hex = createHash("sha256").update(id).digest("hex");
  // A UUID of version 8, which an app may make its own.
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Reads what the ledger says of a call; null when it is not there. */
export async function readCall(db: Database, id: string): Promise<UsageRow | null> {
  const [row] = (await db.ledger?.usage.findMany({ where: { id } })) ?? [];
  return row ?? null;
}

/**
 * The statements that add a call to the ledger that may be there already: the database may have committed it and not
 * have been able to say so, or another process may have believed this one dead. Its estimate is replaced.
 */
export async function addToLedgerOnce(
  db: Database,
  entry: LedgerEntry,
): Promise<readonly PrismaPromise<unknown>[]> {
  const known = await readCall(db, entry.id);
  if (known === null) return addToLedger(db, entry, Date.now());
  return known.errorCode === interrupted ? replaceInLedger(db, known, entry) : [];
}

/**
 * The statements that add a call to the ledger, to what its scope has spent, and to the sums of its day. The first one
 * locks the totals of the scope, so that all who change its rows come one after the other.
 */
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
    addSpent(db, scope, { tokens: inputTokens + outputTokens, cost: cost ?? 0 }, now),
    ...db.insert("usage", [db.pick("usage", data)]),
    addToDay(db, entry, now),
  ];
}

/** The statements that replace what the ledger says of a call, and change the sums with it. */
function replaceInLedger(
  db: Database,
  known: UsageRow,
  entry: LedgerEntry,
): readonly PrismaPromise<unknown>[] {
  const { ledger } = db;
  if (ledger === null) return [];
  const { id, scope, kind: _, ...outcome } = entry;
  const at = known.createdAt.getTime();
  const sumOf = (call: CallSums): number => call.inputTokens + call.outputTokens;
  const tokens = sumOf(entry) - sumOf(known);
  const cost = (entry.cost ?? 0) - (known.cost ?? 0);
  return [
    correctSpent(db, scope, { tokens, cost }, at),
    ledger.usage.updateMany({
      where: { id, errorCode: interrupted },
      data: db.pick("usage", { ...outcome }),
    }),
    addToDay(db, known, at, -1),
    addToDay(db, entry, at),
  ];
}

/** The columns of `LlmUsageDay` that are sums. */
const sums = ["requests", "errors", "inputTokens", "outputTokens"];
/** The same for those that are null until a call has a value. */
const optionalSums = ["cachedTokens", "cost"];

/** What the sums of a day need of a call. */
type CallSums = Omit<LedgerEntry, "id" | "kind">;

/** @param times 1 to add the call, -1 to take it away. */
function addToDay(
  db: Database,
  entry: CallSums,
  now: number,
  times: 1 | -1 = 1,
): PrismaPromise<number> {
  const old = (name: string): SqlText => db.sql.stored("usageDay", name);
  const next = (name: string): SqlText => db.sql.proposed("usageDay", name);
  const { scope, model, chatId, inputTokens, outputTokens, cachedTokens, cost } = entry;
  const day = new Date(now).toISOString().slice(0, 10);
  const row = (kind: SumKind, name: string): SqlText =>
    db.sql.row(
      [
        ...[scope, kind, day, name].map((value) => sql`${value}`),
        ...[1, isFailure(entry) ? 1 : 0, inputTokens, outputTokens].map(
          (value) => sql`${value * times}`,
        ),
        db.sql.number(cachedTokens === null ? null : cachedTokens * times, "integer"),
        db.sql.number(cost === null ? null : cost * times, "float"),
      ],
      raw("1=1"),
    );
  const keys = ["scope", "kind", "day", "name"];
  const changes = [
    ...sums.map((name) => [name, sql`${old(name)}+${next(name)}`] as const),
    ...optionalSums.map(
      (name) =>
        [
          name,
          sql`CASE WHEN ${next(name)} IS NULL THEN ${old(name)} ELSE COALESCE(${old(name)},0)+${next(name)} END`,
        ] as const,
    ),
  ];
  return db.statement(
    db.sql.upsert("usageDay", {
      columns: [...keys, ...sums, ...optionalSums],
      rows: sql`${row("model", model)} UNION ALL ${row("chat", chatId)}`,
      keys,
      changes,
    }),
  );
}

/** A call that was stopped (499) did not fail. */
function isFailure({ statusCode }: Pick<LedgerEntry, "statusCode">): boolean {
  return statusCode !== 499 && (statusCode === 0 || statusCode >= 400);
}
