import { config } from "@node-llm/core";
import { ChatError } from "../../chat/chat-error.ts";
import type { AccountLimits } from "../../orm/usage/account-statements.ts";
import { textTokens } from "../../orm/usage/estimate-tokens.ts";
import { scopeKey } from "../../orm/usage/scope-key.ts";
import type { Spending } from "../../orm/usage/spending.ts";
import { hasPrice } from "../../orm/usage/spending.ts";
import type { Row } from "../../orm/database/prisma-client-like.ts";
import type { TurnSettings } from "../../orm/turn/turn-settings.ts";
import type { BudgetOption } from "./budget-option.ts";
import { readBudget } from "./budget-option.ts";

/** Knows who pays for the answers of a router, and what they may cost. */
export class SpendingPlan<Context> {
  readonly #limits: AccountLimits;
  readonly #budget: BudgetOption<Context> | undefined;

  constructor(limits: AccountLimits, budget: BudgetOption<Context> | undefined) {
    this.#limits = limits;
    this.#budget = budget;
  }

  /**
   * What an answer needs, and who pays for it.
   *
   * @param caller the context of the caller, and the columns of the scope.
   * @param questionTokens about how many tokens the question has.
   * @throws ChatError under a budget in US dollars `BAD_REQUEST` when the model has no price, and `CONFIGURATION` when
   * one of `fallback` has none; and whatever the app's `budget` throws.
   */
  async of(
    { ctx, scope }: { readonly ctx: Context; readonly scope: Row },
    { model, fallback = [], llm, options, context, instructions }: TurnSettings,
    questionTokens: number,
  ): Promise<Spending> {
    const budget = await readBudget(this.#budget, ctx);
    const prompt = textTokens(instructions.reduce((total, text) => total + text.length, 0));
    const { maxTokens = Infinity } = context;
    const spending: Spending = {
      scope: scopeKey(scope),
      limits: this.#limits,
      budget,
      models: [
        {
          model: model ?? llm.defaultChatModel ?? llm.provider?.defaultModel("chat") ?? "",
          provider: llm.provider?.id ?? "",
        },
        ...fallback.map(({ model: name, provider }) => ({ model: name, provider: provider.id })),
      ],
      newTokens: prompt + questionTokens,
      maxInputTokens: maxTokens === "unlimited" ? Infinity : maxTokens + prompt,
      maxOutputTokens: maxOutputOf(options),
    };
    checkPrices(spending);
    return spending;
  }
}

/**
 * Under a budget in US dollars, what nobody knows the price of cannot be counted.
 *
 * @throws ChatError `BAD_REQUEST` when the model has no price, `CONFIGURATION` when a fallback has none.
 */
export function checkPrices({ budget, models: [asked, ...fallback] }: Spending): void {
  if (!hasPrice(budget, asked))
    throw new ChatError(
      "BAD_REQUEST",
      `The price of the model "${asked.model}" is not known, so it cannot be used under a budget in US dollars. Choose another model.`,
    );
  const unpriced = fallback.find((model) => !hasPrice(budget, model));
  if (unpriced === undefined) return;
  throw new ChatError(
    "CONFIGURATION",
    `createChatRouter: the price of the model "${unpriced.model}" in \`fallback\` is not known, so it cannot be used under a budget in US dollars. Register it with PricingRegistry.register, or name another model.`,
  );
}

/** How many tokens an answer has at most: what NodeLLM asks the provider for. */
export function maxOutputOf({ maxTokens, thinking }: TurnSettings["options"]): number {
  return Math.max(maxTokens ?? config.maxTokens ?? 0, 0) + (thinking?.budget ?? 0);
}
