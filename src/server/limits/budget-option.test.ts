import { expect, it } from "vitest";

import type { BudgetOption } from "./budget-option.ts";
import { readBudget } from "./budget-option.ts";

it("asks the app for the caller's budget", async () => {
  const option: BudgetOption<{ plan: string }> = ({ ctx }) =>
    ctx.plan === "free" ? { usd: 0.5, per: "day" } : "unlimited";
  expect(await readBudget(option, { plan: "free" })).toEqual({ usd: 0.5, per: "day" });
  expect(await readBudget(option, { plan: "paid" })).toBeNull();
  expect(await readBudget(() => Promise.resolve({ tokens: 0, per: "month" }), null)).toEqual({
    tokens: 0,
    per: "month",
  });
  expect(await readBudget(undefined, null)).toBeNull();
});

const wrong: readonly unknown[] = [
  undefined,
  null,
  {},
  "none",
  5,
  [],
  { usd: 5 },
  { per: "day" },
  { usd: 5, per: "week" },
  { usd: -1, per: "day" },
  { usd: NaN, per: "day" },
  { usd: Infinity, per: "day" },
  { usd: "5", per: "day" },
  { usd: 1, tokens: 1, per: "day" },
  { tokens: null, per: "day" },
];

it.each(wrong)("refuses %j, and says what is accepted", async (budget) => {
  // An app without types may return anything.
  const option = (() => budget) as BudgetOption<null>;
  await expect(readBudget(option, null)).rejects.toMatchObject({
    code: "CONFIGURATION",
    message: expect.stringContaining('"unlimited"'),
  });
});

it("passes on what the app throws", async () => {
  const error = new Error("Not signed in");
  await expect(
    readBudget(() => {
      throw error;
    }, null),
  ).rejects.toBe(error);
});
