import { ChatError } from "../../chat/chat-error.ts";
import type { ChatBudget } from "../../orm/usage/budget.ts";
import { budgetPeriods } from "../../orm/usage/budget.ts";

/** What the app's `budget` may return. */
export type BudgetResult = ChatBudget | "unlimited";

/** The option `budget` of a chat router. */
export type BudgetOption<Context> = (options: {
  ctx: Context;
}) => BudgetResult | Promise<BudgetResult>;

/**
 * Asks the app for the budget of a caller.
 *
 * @returns null for no budget.
 * @throws ChatError `CONFIGURATION` when the app returns anything else than a budget or `"unlimited"`.
 */
export async function readBudget<Context>(
  option: BudgetOption<Context> | undefined,
  ctx: Context,
): Promise<ChatBudget | null> {
  if (option === undefined) return null;
  const budget = await option({ ctx });
  if (budget === "unlimited") return null;
  if (isBudget(budget)) return budget;
  throw new ChatError(
    "CONFIGURATION",
    'createChatRouter: `budget` returns something else than { usd, per } or { tokens, per }, with a number from 0 on and "minute", "hour", "day" or "month", or "unlimited".',
  );
}

/** @param budget a budget by its type, but not always in fact. */
function isBudget(budget: unknown): budget is ChatBudget {
  if (typeof budget !== "object" || budget === null || !("per" in budget)) return false;
  const usd = "usd" in budget ? budget.usd : undefined;
  const tokens = "tokens" in budget ? budget.tokens : undefined;
  const amounts = [usd, tokens].filter((amount) => amount !== undefined);
  const [amount] = amounts;
  const isAmount = typeof amount === "number" && Number.isFinite(amount) && amount >= 0;
  return amounts.length === 1 && isAmount && budgetPeriods.some((period) => period === budget.per);
}
