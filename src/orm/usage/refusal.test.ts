import { expect, it } from "vitest";

import type { AccountRow } from "../database/rows.ts";
import type { AccountLimits, Claim } from "./account-statements.ts";
import { findRefusal, tooManyRequests } from "./refusal.ts";

const now = Date.UTC(2026, 0, 31, 12);
const scope = "s";
const limits: AccountLimits = {
  answersAtOnce: 2,
  answersPerMinute: 3,
  openSubscriptions: 4,
  chatsPerMinute: 5,
};
const row: AccountRow = {
  id: scope,
  scope,
  answers: 0,
  subscriptions: 0,
  tokens: 0,
  cost: 0,
  expiresAt: 0n,
  call: "",
  answersFrom: BigInt(now),
  answersBegun: 0,
  chatsFrom: BigInt(now),
  chatsMade: 0,
  period: "day",
  periodStart: BigInt(Date.UTC(2026, 0, 31)),
  spentTokens: 0n,
  spentCost: 0,
};
const claim: Claim = { scope, limits, budget: null, hold: { id: "m", answers: 1 } };
const usd: Claim = { ...claim, budget: { usd: 1, per: "day" } };
const midnight = "2026-02-01T00:00:00.000Z";

it.each<[string, Partial<AccountRow>, Claim, string | null]>([
  ["nothing", {}, claim, null],
  ["answers at once", { answers: 2 }, claim, "The limit of answers in progress (2) is reached."],
  [
    "answers in a minute",
    { answersBegun: 3 },
    claim,
    "The limit of answers in a minute (3) is reached. Try again after 2026-01-31T12:01:00.000Z.",
  ],
  ["a minute that is over", { answersBegun: 3, answersFrom: BigInt(now - 60_000) }, claim, null],
  [
    "new chats",
    { chatsMade: 5 },
    { ...claim, hold: null },
    "The limit of new chats in a minute (5)",
  ],
  ["chats, for an answer", { chatsMade: 5 }, claim, null],
  [
    "subscriptions",
    { subscriptions: 4 },
    { ...claim, hold: { id: "p", subscriptions: 1 } },
    "The limit of open streams (4) is reached.",
  ],
  [
    "dollars",
    { spentCost: 0.5, cost: 0.5 },
    usd,
    `The budget for this day is used up. Try again after ${midnight}.`,
  ],
  ["fewer dollars", { spentCost: 0.5, cost: 0.4 }, usd, null],
  ["dollars of yesterday", { spentCost: 5, periodStart: 0n }, usd, null],
  ["dollars reserved yesterday", { cost: 1, periodStart: 0n }, usd, "The budget for this day"],
  ["another period", { period: "month" }, usd, "The budget for this day is used up."],
  [
    "tokens",
    { spentTokens: 9n, tokens: 1 },
    { ...claim, budget: { tokens: 10, per: "month" } },
    "The budget for this month is used up.",
  ],
])("finds which limit is reached: %s", (_, used, wanted, message) => {
  const totals = {
    ...row,
    ...(wanted.budget === null ? {} : { period: wanted.budget.per }),
    ...used,
  };
  const refusal = findRefusal(totals, wanted, now);
  if (message === null) expect(refusal).toBeNull();
  else if (refusal === null) throw new Error("It was not refused.");
  else {
    const error = tooManyRequests(refusal, wanted, now);
    expect(error).toMatchObject({ code: "TOO_MANY_REQUESTS" });
    expect(error.message).toContain(message);
    const named = /\d{4}-\S+Z/.exec(error.message)?.[0] ?? null;
    expect(error.retryAt?.toISOString() ?? null).toBe(named);
  }
});

it("has no limits where they are null, and none without totals", () => {
  const none: AccountLimits = {
    answersAtOnce: null,
    answersPerMinute: null,
    openSubscriptions: null,
    chatsPerMinute: null,
  };
  const full = { ...row, answers: 99, answersBegun: 99, subscriptions: 99, chatsMade: 99 };
  for (const hold of [claim.hold, null, { id: "p", subscriptions: 1 }])
    expect(findRefusal(full, { ...claim, hold, limits: none }, now)).toBeNull();
  expect(findRefusal(null, claim, now)).toBeNull();
  expect(findRefusal(null, usd, now)).toBeNull();
  expect(findRefusal(null, { ...claim, budget: { usd: 0, per: "day" } }, now)).not.toBeNull();
});
