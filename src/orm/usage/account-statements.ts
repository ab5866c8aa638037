import type { Database } from "../database/database.ts";
import type { PrismaPromise } from "../database/client/prisma-client-like.ts";
import type { SqlText } from "../database/sql-text.ts";
import { join, raw, sql } from "../database/sql-text.ts";
import type { BudgetPeriod, ChatBudget } from "./budget.ts";
import { budgetPeriods, periodStart } from "./budget.ts";

/** A part of a scope's limits that somebody holds until it is released. */
export interface Hold {
  /** The id of the holder. A holder that has a hold already adds to it, for another call. */
  readonly id: string;
  /** Answers in progress. */
  readonly answers?: number;
  /** Open subscriptions. */
  readonly subscriptions?: number;
  /** Reserved tokens. */
  readonly tokens?: number;
  /** Reserved US dollars. */
  readonly cost?: number;
  /** When the holder counts as dead, in milliseconds. Left out, its answer tells. */
  readonly expiresAt?: number;
  /** JSON of the call, for the ledger if the process dies. */
  readonly call?: string;
}

/** The limits of a scope; null for none. */
export interface AccountLimits {
  readonly answersAtOnce: number | null;
  readonly answersPerMinute: number | null;
  readonly openSubscriptions: number | null;
  readonly chatsPerMinute: number | null;
}

/** What somebody wants of a scope's limits. */
export interface Claim {
  /** The key of the scope. */
  readonly scope: string;
  /** Null for a new chat without a message. */
  readonly hold: Hold | null;
  /** True for an answer whose chat is made with it. */
  readonly isNewChat?: boolean;
  readonly limits: AccountLimits;
  /** Null for no budget, and for what costs nothing. */
  readonly budget: ChatBudget | null;
}

/** How long a minute is in which answers or chats are counted, in milliseconds. It begins with the first of them. */
export const rateMs = 60_000;

/**
 * The statement that takes a part of a scope's limits, in the row of the scope's totals and a row for the hold. When a
 * limit is reached, it violates a not-null constraint (`isNullViolation`), so that its transaction writes nothing.
 *
 * The database locks the totals, so of two claims at the same time the second one sees the first. Make it the last
 * statement of its transaction: the lock is then held for a short time, and never by somebody who waits for another.
 *
 * @param now milliseconds.
 * @param condition a condition without which nothing is taken.
 */
export function takeHold(
  db: Database,
  claim: Claim,
  now: number,
  condition?: SqlText,
): PrismaPromise<number> {
  return db.statement(holdStatement(db, claim, now, condition));
}

/** The same, to make it a part of another statement. */
export function holdStatement(
  db: Database,
  claim: Claim,
  now: number,
  condition: SqlText = raw("1=1"),
): SqlText {
  const { old } = namesOf(db);
  const { scope, hold, limits, budget, isNewChat = hold === null } = claim;
  const held = {
    answers: hold?.answers ?? 0,
    subscriptions: hold?.subscriptions ?? 0,
    tokens: hold?.tokens ?? 0,
    cost: hold?.cost ?? 0,
  };
  const chats = isNewChat ? 1 : 0;
  const period = budget?.per ?? "day";
  // A budget of nothing admits nothing, not even as the first claim of a scope.
  const isNothing = budget !== null && (budget.usd ?? budget.tokens) === 0;
  const totals: ClaimRow = {
    ...held,
    id: scope,
    scope,
    call: "",
    period,
    cost: isNothing ? db.sql.number(null, "float") : held.cost,
    expiresAt: 0,
    answersFrom: now,
    answersBegun: held.answers,
    chatsFrom: now,
    chatsMade: chats,
    periodStart: periodStart(period, now),
  };
  const ofHold: ClaimRow | null = hold && {
    ...held,
    id: hold.id,
    scope,
    call: hold.call ?? "",
    period,
    expiresAt: hold.expiresAt ?? 0,
    answersFrom: 0,
    answersBegun: 0,
    chatsFrom: 0,
    chatsMade: 0,
    periodStart: 0,
  };
  const select = (row: ClaimRow): SqlText => {
    return db.sql.row(
      claimColumns.map((name) => sql`${row[name]}`),
      condition,
    );
  };
  const rows = [totals, ofHold].flatMap((row) => (row === null ? [] : [select(row)]));

  const isHold = sql`${old("id")}<>${old("scope")}`;
  /** Adds to a column; unless it is below a limit, the new value is null, which the column refuses. */
  const add = (name: string, by: number, limit: SqlText | null): Change => {
    const sum = sql`${old(name)}+${by}`;
    const value = limit === null ? sum : sql`CASE WHEN ${isHold} OR ${limit} THEN ${sum} END`;
    return [name, value];
  };
  const below = (name: string, limit: number | null, by = 1): SqlText | null =>
    limit === null ? null : sql`${old(name)}<${limit - by + 1}`;
  const count = (name: string, from: string, limit: number | null): Change[] => {
    const isOver = sql`${old(from)}<=${now - rateMs}`;
    const isFree = limit === null ? raw("1=1") : sql`${old(name)}<${limit}`;
    return [
      [name, sql`CASE WHEN ${isHold} OR ${isOver} THEN 1 WHEN ${isFree} THEN ${old(name)}+1 END`],
      [from, sql`CASE WHEN ${isOver} THEN ${now} ELSE ${old(from)} END`],
    ];
  };
  const spent = budget === null ? null : spentNow(db, scope, budget.per, now);
  const left = (name: "tokens" | "cost", limit: number | undefined): SqlText | null =>
    spent === null || limit === undefined ? null : sql`${spent[name]}+${old(name)}<${limit}`;
  const changes: readonly Change[] = [
    ...(held.answers === 0
      ? []
      : [
          add("answers", held.answers, below("answers", limits.answersAtOnce)),
          ...count("answersBegun", "answersFrom", limits.answersPerMinute),
        ]),
    ...(held.subscriptions === 0
      ? []
      : [
          add(
            "subscriptions",
            held.subscriptions,
            below("subscriptions", limits.openSubscriptions, held.subscriptions),
          ),
          change("expiresAt", sql`CASE WHEN ${isHold} THEN ${hold?.expiresAt ?? 0} ELSE 0 END`),
        ]),
    ...(chats === 0 ? [] : count("chatsMade", "chatsFrom", limits.chatsPerMinute)),
    ...(held.subscriptions > 0 || hold === null
      ? []
      : [
          add("tokens", held.tokens, left("tokens", budget?.tokens)),
          add("cost", held.cost, left("cost", budget?.usd)),
          change("call", sql`CASE WHEN ${isHold} THEN ${hold.call ?? ""} ELSE ${old("call")} END`),
        ]),
    ...(spent === null
      ? []
      : [
          change("spentTokens", spent.tokens),
          change("spentCost", spent.cost),
          change("periodStart", spent.start),
          change("period", sql`${period}`),
        ]),
  ];
  return db.sql.upsert("account", {
    columns: claimColumns,
    rows: join(rows, " UNION ALL "),
    keys: ["id"],
    changes,
  });
}

/** A column with its new value. */
type Change = readonly [column: string, value: SqlText];

function change(column: string, value: SqlText): Change {
  return [column, value];
}

/** The columns that a claim inserts; the others keep their defaults. */
const claimColumns = [
  "id",
  "scope",
  "call",
  "period",
  "answers",
  "subscriptions",
  "tokens",
  "cost",
  "expiresAt",
  "answersFrom",
  "answersBegun",
  "chatsFrom",
  "chatsMade",
  "periodStart",
] as const;

type ClaimRow = { readonly [Column in (typeof claimColumns)[number]]: string | number | SqlText };

/**
 * What the scope has spent in the period of a budget, as SQL. When the totals are those of another kind of period, the
 * ledger is added up.
 */
function spentNow(db: Database, scope: string, period: BudgetPeriod, now: number) {
  const { old } = namesOf(db);
  const usage = db.sql.table("usage");
  const start = periodStart(period, now);
  const isSamePeriod = sql`${old("period")}=${period}`;
  const isCurrent = sql`${old("periodStart")}>=${start}`;
  const spent = (name: string, values: SqlText): SqlText => sql`CASE WHEN ${isSamePeriod} THEN
    CASE WHEN ${isCurrent} THEN ${old(name)} ELSE 0 END ELSE
    COALESCE((SELECT SUM(${values}) FROM ${raw(usage.name)} WHERE ${raw(usage.column("scope"))}=${scope}
    AND ${raw(usage.column("createdAt"))}>=${new Date(start)}),0) END`;
  const inputTokens = raw(usage.column("inputTokens"));
  return {
    tokens: spent("spentTokens", sql`${inputTokens}+${raw(usage.column("outputTokens"))}`),
    cost: spent("spentCost", raw(usage.column("cost"))),
    start: sql`CASE WHEN ${isSamePeriod} AND ${isCurrent} THEN ${old("periodStart")} ELSE ${start} END`,
  };
}

/** The statement that adds to what a scope has spent in its period. */
export function addSpent(
  db: Database,
  scope: string,
  { tokens, cost }: { readonly tokens: number; readonly cost: number },
  now: number,
): PrismaPromise<number> {
  const { old } = namesOf(db);
  const starts = budgetPeriods.map(
    (period) => sql`WHEN ${old("period")}=${period} THEN ${periodStart(period, now)}`,
  );
  const start = sql`CASE ${join(starts, " ")} ELSE 0 END`;
  const isCurrent = sql`${old("periodStart")}>=${start}`;
  const add = (name: string, by: number): Change => [
    name,
    sql`CASE WHEN ${isCurrent} THEN ${old(name)} ELSE 0 END+${by}`,
  ];
  return db.statement(
    db.sql.upsert("account", {
      // MySQL has no default for `call`.
      columns: ["id", "scope", "call", "periodStart", "spentTokens", "spentCost"],
      rows: sql`VALUES(${scope},${scope},'',${periodStart("day", now)},${tokens},${cost})`,
      keys: ["id"],
      changes: [
        add("spentTokens", tokens),
        add("spentCost", cost),
        ["periodStart", sql`CASE WHEN ${isCurrent} THEN ${old("periodStart")} ELSE ${start} END`],
      ],
    }),
  );
}

/** The statement that changes what a scope has spent, unless it was in an earlier period. */
export function correctSpent(
  db: Database,
  scope: string,
  { tokens, cost }: { readonly tokens: number; readonly cost: number },
  at: number,
): PrismaPromise<number> {
  const { table, column } = namesOf(db);
  const [spentTokens, spentCost] = [column("spentTokens"), column("spentCost")];
  return db.statement(
    sql`UPDATE ${table} SET ${spentTokens}=${spentTokens}+${tokens},${spentCost}=${spentCost}+${cost} WHERE ${column("id")}=${scope} AND ${column("periodStart")}<=${at}`,
  );
}

/**
 * The statements that release a hold. They change nothing when there is none, but two transactions that release the
 * same hold have to be ordered by a lock that both take first: that of the message, with `lockBeforeRelease`, or
 * `lockTotals`.
 *
 * @param condition a condition without which the hold is kept.
 */
export function releaseHold(
  db: Database,
  id: string,
  condition: SqlText = raw("1=1"),
): readonly PrismaPromise<number>[] {
  const { table, column } = namesOf(db);
  const changes = heldColumns.map((name) => change(name, sql`a.${column(name)}-h.${column(name)}`));
  return [
    db.statement(
      db.sql.updateFrom(
        "account",
        changes,
        table,
        sql`h.${column("id")}=${id} AND h.${column("scope")}<>${id} AND a.${column("id")}=h.${column("scope")} AND ${condition}`,
      ),
    ),
    db.statement(
      sql`DELETE FROM ${table} WHERE ${column("id")}=${id} AND ${column("scope")}<>${id} AND ${condition}`,
    ),
  ];
}

/**
 * The lock before `releaseHold` in a transaction that has taken no lock of the totals. MySQL locks the hold as it reads
 * it, and each other statement that ends one comes after a lock of the totals.
 */
export function lockBeforeRelease(db: Database, scope: string): readonly PrismaPromise<number>[] {
  return db.sql.isMysql ? [lockTotals(db, scope)] : [];
}

/**
 * The statement that gives back what a hold has reserved for a call that is in the ledger by now. Run it after the
 * statements of `addToLedger`, which lock the totals.
 */
export function settleCall(db: Database, id: string): PrismaPromise<number> {
  const { table, column } = namesOf(db);
  const isHold = sql`a.${column("id")}=h.${column("id")}`;
  const reserved = ["tokens", "cost"].map((name) => {
    const rest = sql`a.${column(name)}-h.${column(name)}`;
    return change(name, sql`CASE WHEN ${isHold} THEN 0 ELSE ${rest} END`);
  });
  const call = change("call", sql`CASE WHEN ${isHold} THEN '' ELSE a.${column("call")} END`);
  const columns = ["id", "scope", "tokens", "cost"].map(column);
  // `DISTINCT` makes a table of its own, which MySQL does not change while it reads it.
  const holds = sql`(SELECT DISTINCT ${join(columns, ",")} FROM ${table} WHERE ${column("id")}=${id} AND ${column("scope")}<>${id})`;
  const where = sql`a.${column("id")} IN (h.${column("id")},h.${column("scope")})`;
  return db.statement(db.sql.updateFrom("account", [...reserved, call], holds, where));
}

/** The columns of a hold that its scope's totals add up. */
const heldColumns = ["answers", "subscriptions", "tokens", "cost"] as const;

/**
 * The statement that gives back some of the subscriptions of a hold. MySQL does not read the table that it changes, so
 * the scope comes from a table of its own, which `DISTINCT` makes.
 */
export function shrinkHold(db: Database, id: string, subscriptions: number): PrismaPromise<number> {
  const { table, column } = namesOf(db);
  return db.statement(
    sql`UPDATE ${table} SET ${column("subscriptions")}=${column("subscriptions")}-${subscriptions} WHERE ${column("id")}=${id} OR ${column("id")}=(SELECT own FROM (SELECT DISTINCT h.${column("scope")} AS own FROM ${table} AS h WHERE h.${column("id")}=${id}) AS holder)`,
  );
}

/** The statement that takes the lock of a scope's totals without changing them. */
export function lockTotals(db: Database, scope: string): PrismaPromise<number> {
  const { table, column } = namesOf(db);
  return db.statement(
    sql`UPDATE ${table} SET ${column("call")}=${column("call")} WHERE ${column("id")}=${scope}`,
  );
}

/** The statement that adds up the holds of a scope again, after `lockTotals` in the same transaction. */
export function addUpHolds(db: Database, scope: string): PrismaPromise<number> {
  const { table, column } = namesOf(db);
  const sums = heldColumns.map((name) => sql`COALESCE(SUM(${column(name)}),0) AS ${column(name)}`);
  const holds = sql`(SELECT ${join(sums, ",")} FROM ${table} WHERE ${column("scope")}=${scope} AND ${column("id")}<>${scope})`;
  const changes = heldColumns.map((name) => change(name, sql`h.${column(name)}`));
  return db.statement(
    db.sql.updateFrom("account", changes, holds, sql`a.${column("id")}=${scope}`),
  );
}

function namesOf(db: Database) {
  const account = db.sql.table("account");
  return {
    table: raw(account.name),
    column: (name: string): SqlText => raw(account.column(name)),
    /** A column of the row as it is. */
    old: (name: string): SqlText => db.sql.stored("account", name),
  };
}
