import { isWaiting } from "../../chat/chat-message.ts";
import type { Database } from "../database/database.ts";
import type { PrismaPromise } from "../database/client/prisma-client-like.ts";
import { isNullViolation, isRecordNotFound, isUniqueViolation } from "../database/prisma-errors.ts";
import type { AccountRow, MessageRow } from "../database/rows.ts";
import type { SqlText } from "../database/sql-text.ts";
import type { Claim } from "./account-statements.ts";
import { addUpHolds, lockTotals, takeHold } from "./account-statements.ts";
import { findRefusal, tooManyRequests } from "./refusal.ts";
import { ScopeGate } from "./scope-gate.ts";
import { findHeldCall, settleHold } from "./settle-hold.ts";
import type { Spending } from "./spending.ts";
import { claimOf } from "./spending.ts";

/** Ends an answer in progress if its process is gone; resolves to null when it is not. `recoverMessage` is one. */
export type Recover = (db: Database, message: MessageRow) => Promise<MessageRow | null>;

/** A claim that the database has refused. Nothing was written. */
export class RefusedClaim extends Error {
  override readonly name = "RefusedClaim";
  readonly claim: Claim;

  constructor(claim: Claim, cause: unknown) {
    super("A limit of the scope is reached.", { cause });
    this.claim = claim;
  }
}

/** What an answer wants of the limits of its scope. It holds that under its own id until it ends or waits. */
export function answerClaim(
  spending: Spending,
  message: { readonly chatId: string; readonly messageId: string },
  historyTokens: number,
): Claim {
  const purpose = { kind: "answer", ...message } as const;
  return claimOf(spending, purpose, {
    holdId: message.messageId,
    historyTokens,
  });
}

/**
 * Runs the queries in one transaction with a claim.
 *
 * @param claim null for none.
 * @param condition a condition without which nothing is taken.
 * @throws RefusedClaim when a limit is reached; nothing was written then.
 */
export async function batchWithClaim(
  db: Database,
  claim: Claim | null,
  queries: readonly PrismaPromise<unknown>[],
  condition?: SqlText,
): Promise<readonly unknown[]> {
  if (claim === null || db.ledger === null) return db.batch(queries);
  return refusingClaim(claim, () =>
    db.batch([...queries, takeHold(db, claim, Date.now(), condition)]),
  );
}

/**
 * Runs a transaction that has a claim.
 *
 * @param claim null when it has none.
 * @throws RefusedClaim when a limit is reached; nothing was written then.
 */
export async function refusingClaim<Result>(
  claim: Claim | null,
  run: () => Promise<Result>,
): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    throw claim !== null && isNullViolation(error) ? new RefusedClaim(claim, error) : error;
  }
}

/**
 * Runs something in one transaction with a claim, as soon as there is room for it.
 *
 * @param run runs the transaction with the statement of the claim at its end; null for none.
 * @throws ChatError `TOO_MANY_REQUESTS` when a limit is reached; nothing was written then.
 */
export async function withRoom<Result>(
  db: Database,
  claim: Claim,
  recover: Recover,
  run: (taking: readonly PrismaPromise<unknown>[]) => Promise<Result>,
): Promise<Result> {
  return inScopeGate(db, claim.scope, async () => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await run(db.ledger === null ? [] : [takeHold(db, claim, Date.now())]);
      } catch (error) {
        if (!isNullViolation(error)) throw error;
        await makeRoom(db, claim, { attempt, cause: error, recover });
      }
    }
  });
}

const maxAttempts = 4;
/** How long the hold of a deleted answer is left to the process that produces it, in milliseconds. */
const deletedMs = 15_000;

/**
 * Makes room for a claim that was refused: ends the holds of processes that are gone.
 *
 * @param refused.attempt how often the claim was refused.
 * @param refused.cause the error of the database.
 * @throws ChatError `TOO_MANY_REQUESTS` when there is no room, and `cause` when no limit explains it.
 */
export async function makeRoom(
  db: Database,
  claim: Claim,
  {
    attempt,
    cause,
    recover,
  }: { readonly attempt: number; readonly cause: unknown; readonly recover: Recover },
): Promise<void> {
  const { scope } = claim;
  const totals = (await db.ledger?.account.findFirst({ where: { id: scope } })) ?? null;
  const refusal = findRefusal(totals, claim, Date.now());
  if (refusal === null) {
    if (attempt === maxAttempts) throw cause;
    // Room was made in the meantime.
    return;
  }
  const error = tooManyRequests(refusal, claim, Date.now());
  // Nobody holds what is counted by the minute.
  if (refusal.reason.endsWith("PerMinute")) throw error;
  if (attempt === maxAttempts || !(await endLostHoldsOnce(db, scope, totals, recover))) throw error;
}

/** What the callers of this process wait for. */
interface Waiting {
  readonly gate: ScopeGate;
  /** For each scope, the search for holds of processes that are gone. */
  readonly searches: Map<string, Promise<boolean>>;
}

const waitingByDatabase = new WeakMap<Database, Waiting>();

function waitingOf(db: Database): Waiting {
  const known = waitingByDatabase.get(db);
  if (known !== undefined) return known;
  const waiting = { gate: new ScopeGate(), searches: new Map<string, Promise<boolean>>() };
  waitingByDatabase.set(db, waiting);
  return waiting;
}

/**
 * Runs a task that claims something when it is its turn among those of its scope in this process.
 *
 * @param scope the key of the scope; undefined for a task that claims nothing.
 */
export function inScopeGate<Result>(
  db: Database,
  scope: string | undefined,
  task: () => Promise<Result>,
): Promise<Result> {
  return scope === undefined ? task() : waitingOf(db).gate.run(scope, task);
}

/** All claims that are refused at the same time share one search, unless it may depend on who asks. */
async function endLostHoldsOnce(...search: Parameters<typeof endLostHolds>): Promise<boolean> {
  const [db, scope] = search;
  if (db.isContextual) return endLostHolds(...search);
  const { searches } = waitingOf(db);
  const running = searches.get(scope);
  if (running !== undefined) return running;
  const started = endLostHolds(...search).finally(() => searches.delete(scope));
  searches.set(scope, started);
  return started;
}

/** @returns true when the totals are lower than before. */
async function endLostHolds(
  db: Database,
  scope: string,
  totals: AccountRow | null,
  recover: Recover,
): Promise<boolean> {
  const account = db.ledger?.account;
  if (account === undefined || totals === null) return false;
  const holds = await account.findMany({ where: { scope, id: { not: scope } } });
  const answers = await readAnswers(db, holds);
  let isFreed = false;
  for (const hold of holds) {
    if (await endLostHold(db, hold, answers, recover)) isFreed = true;
  }
  // An app may delete rows, and a process may die between two of them.
  const isSum = (["answers", "subscriptions", "tokens"] as const).every(
    (name) => holds.reduce((sum, hold) => sum + hold[name], 0) === totals[name],
  );
  if (!isFreed && !isSum) {
    await db.batch([lockTotals(db, scope), addUpHolds(db, scope)]);
    return true;
  }
  return isFreed;
}

async function readAnswers(
  db: Database,
  holds: readonly AccountRow[],
): Promise<ReadonlyMap<string, MessageRow>> {
  const ids = holds.filter((hold) => hold.answers > 0).map((hold) => hold.id);
  if (ids.length === 0) return new Map();
  const rows = await db.message.findMany({ where: { id: { in: ids } } });
  return new Map(rows.map((row) => [row.id, row]));
}

/** @returns true when the hold was ended. */
async function endLostHold(
  db: Database,
  hold: AccountRow,
  answers: ReadonlyMap<string, MessageRow>,
  recover: Recover,
): Promise<boolean> {
  const now = Date.now();
  const isExpired = hold.expiresAt > 0n && Number(hold.expiresAt) <= now;
  if (hold.answers > 0) {
    const answer = answers.get(hold.id);
    if (answer?.turnLock != null && !isWaiting(answer.status))
      return (await recover(db, answer)) !== null;
    if (answer === undefined && !isExpired) {
      await leaveToProducer(db, hold, now);
      return false;
    }
  } else if (!isExpired) return false;
  const account = db.ledger?.account;
  if (account === undefined) return false;
  const { id, scope, call } = hold;
  // Of a title, or of an answer that is deleted.
  const lost = await findHeldCall(db, hold);
  try {
    await db.batch([
      // Each transaction that takes, settles or releases a hold locks the totals first.
      lockTotals(db, scope),
      // The process that has ended the hold has added its call to the ledger.
      account.update({ where: { id, call }, data: { call }, select: { id: true } }),
      ...settleHold(db, hold, lost, now),
    ]);
  } catch (error) {
    // By now another process has ended the hold, or the call is in the ledger and the next attempt ends it.
    if (!isRecordNotFound(error) && !isUniqueViolation(error)) throw error;
  }
  return true;
}

/** The process that produces a deleted answer soon notices, and knows better what it has cost. */
async function leaveToProducer(db: Database, hold: AccountRow, now: number): Promise<void> {
  if (hold.expiresAt > 0n) return;
  const data = { expiresAt: BigInt(now + deletedMs) };
  await db.write(
    async () =>
      await db.ledger?.account.updateMany({ where: { id: hold.id, expiresAt: 0n }, data }),
  );
}
