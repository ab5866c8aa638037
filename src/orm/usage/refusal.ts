import { ChatError } from "../../chat/chat-error.ts";
import type { AccountRow } from "../database/rows.ts";
import type { AccountLimits, Claim } from "./account-statements.ts";
import { rateMs } from "./account-statements.ts";
import type { BudgetPeriod, ChatBudget } from "./budget.ts";
import { periodEnd, periodStart } from "./budget.ts";

/** Which limit of a scope refuses a claim. */
export interface Refusal {
  readonly reason: keyof AccountLimits | "budget";
  /** When the limit is free again, in milliseconds; null when that depends on what is in progress. */
  readonly retryAt: number | null;
}

/**
 * Says why the database has refused a claim: the same rules as those of `takeHold`, for words and a time.
 *
 * @param totals the totals of the scope; null when it has none.
 * @returns null when the claim would be admitted by now.
 */
export function findRefusal(totals: AccountRow | null, claim: Claim, now: number): Refusal | null {
  const { hold, limits, budget, isNewChat = hold === null } = claim;
  const isReached = (used: number | undefined, limit: number | null): boolean =>
    limit !== null && (used ?? 0) >= limit;
  const isCounted = (from: bigint | undefined): boolean => Number(from ?? 0) > now - rateMs;
  const waitFor = (reason: "answersPerMinute" | "chatsPerMinute", from: bigint | undefined) => ({
    reason,
    retryAt: Number(from ?? 0) + rateMs,
  });
  if (
    isNewChat &&
    isCounted(totals?.chatsFrom) &&
    isReached(totals?.chatsMade, limits.chatsPerMinute)
  )
    return waitFor("chatsPerMinute", totals?.chatsFrom);
  if (hold === null) return null;
  if (hold.subscriptions !== undefined) {
    const others = (totals?.subscriptions ?? 0) + hold.subscriptions - 1;
    const isOver = isReached(others, limits.openSubscriptions);
    return isOver ? { reason: "openSubscriptions", retryAt: null } : null;
  }
  // The totals of another kind of period say nothing: the database has added up the ledger.
  const isOtherPeriod = budget !== null && totals !== null && totals.period !== budget.per;
  if (budget !== null && (isOtherPeriod || !isWithin(totals, budget, now)))
    return { reason: "budget", retryAt: periodEnd(budget.per, now) };
  if (hold.answers === undefined) return null;
  if (isCounted(totals?.answersFrom) && isReached(totals?.answersBegun, limits.answersPerMinute))
    return waitFor("answersPerMinute", totals?.answersFrom);
  const isOver = isReached(totals?.answers, limits.answersAtOnce);
  return isOver ? { reason: "answersAtOnce", retryAt: null } : null;
}

/** Whether settled and reserved are below the budget. */
function isWithin(totals: AccountRow | null, budget: ChatBudget, now: number): boolean {
  const isCurrent =
    totals?.period === budget.per && Number(totals.periodStart) >= periodStart(budget.per, now);
  const spent = isCurrent ? totals : null;
  return budget.usd === undefined
    ? Number(spent?.spentTokens ?? 0) + (totals?.tokens ?? 0) < budget.tokens
    : (spent?.spentCost ?? 0) + (totals?.cost ?? 0) < budget.usd;
}

function budgetError(period: BudgetPeriod, now: number): ChatError {
  const retryAt = new Date(periodEnd(period, now));
  const message = `The budget for this ${period} is used up. Try again after ${retryAt.toISOString()}.`;
  return new ChatError("TOO_MANY_REQUESTS", message, { retryAt });
}

/** The error of a caller who has reached a limit. */
export function tooManyRequests(
  { reason, retryAt }: Refusal,
  { limits, budget }: Claim,
  now: number,
): ChatError {
  if (reason === "budget") return budgetError(budget?.per ?? "day", now);
  const time = retryAt === null ? null : new Date(retryAt);
  const after = time === null ? "" : ` Try again after ${time.toISOString()}.`;
  const message = `${describe(reason, limits)}${after}`;
  return new ChatError("TOO_MANY_REQUESTS", message, { retryAt: time });
}

function describe(reason: keyof AccountLimits, limits: AccountLimits): string {
  switch (reason) {
    case "answersAtOnce":
      return `The limit of answers in progress (${limits.answersAtOnce}) is reached. Wait until one of them ends, or stop one, and send again.`;
    case "answersPerMinute":
      return `The limit of answers in a minute (${limits.answersPerMinute}) is reached.`;
    case "chatsPerMinute":
      return `The limit of new chats in a minute (${limits.chatsPerMinute}) is reached.`;
    case "openSubscriptions":
      return `The limit of open streams (${limits.openSubscriptions}) is reached. Close other tabs and try again.`;
  }
}
