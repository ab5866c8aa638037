import { randomUUID } from "node:crypto";
import { config } from "@node-llm/core";
import { ChatError } from "../../chat/chat-error.ts";
import type { AccountLimits } from "../../orm/usage/account-statements.ts";
import { describeSchema } from "../../orm/tools/to-core-schema.ts";
import { describeTools } from "../../orm/tools/resolve-tools.ts";
import { promptTokens, schemaTokens, toolsTokens } from "../../orm/usage/estimate-tokens.ts";
import { scopeKey } from "../../orm/usage/scope-key.ts";
import type { Spending } from "../../orm/usage/spending.ts";
import { checkPrice, hasPrice } from "../../orm/usage/spending.ts";
import type { Row } from "../../orm/database/client/prisma-client-like.ts";
import type { TurnSettings } from "../../orm/turn/turn-settings.ts";
import type { BudgetOption } from "./budget-option.ts";
import { readBudget } from "./budget-option.ts";

/** How many tokens a text may have for each that it usually has, by which the history is cut. */
const worstTokens = 3;

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
   * @param questionTokens at most about how many tokens the question has.
   * @throws ChatError under a budget in US dollars `BAD_REQUEST` when the model has no price, and `CONFIGURATION` when
   * one of `fallback` has none; and whatever the app's `budget` throws.
   */
  async of(
    { ctx, scope }: { readonly ctx: Context; readonly scope: Row },
    settings: TurnSettings,
    questionTokens: number,
  ): Promise<Spending> {
    const budget = await readBudget(this.#budget, ctx);
    const { model, fallback = [], llm, options, context } = settings;
    const { maxTokens = Infinity } = context;
    const spending: Spending = {
      scope: scopeKey(scope),
      callId: randomUUID(),
      limits: this.#limits,
      budget,
      models: [
        {
          model: model ?? llm.defaultChatModel ?? llm.provider?.defaultModel("chat") ?? "",
          provider: llm.provider?.id ?? "",
        },
        ...fallback.map(({ model: name, provider }) => ({ model: name, provider: provider.id })),
      ],
      newTokens: questionTokens + (budget === null ? 0 : fixedTokens(settings)),
      maxHistoryTokens: maxTokens === "unlimited" ? Infinity : maxTokens * worstTokens,
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
  checkPrice(budget, asked);
  const unpriced = fallback.find((model) => !hasPrice(budget, model));
  if (unpriced === undefined) return;
  throw new ChatError(
    "CONFIGURATION",
    `createChatRouter: the price of the model "${unpriced.model}" in \`fallback\` is not known, so it cannot be used under a budget in US dollars. Register it with PricingRegistry.register, or name another model.`,
  );
}

/** At most about how many tokens each request has beside its messages: the system prompt, the tools, and the schema. */
function fixedTokens({ instructions, tools = [], options }: TurnSettings): number {
  const described = describeTools([...(options.tools ?? []), ...tools]);
  const schema = options.schema === undefined ? 0 : schemaTokens(describeSchema(options.schema));
  return promptTokens(instructions) + toolsTokens(described) + schema;
}

/** How many tokens an answer has at most: what NodeLLM asks the provider for. */
export function maxOutputOf({ maxTokens, thinking }: TurnSettings["options"]): number {
  return Math.max(maxTokens ?? config.maxTokens ?? 0, 0) + (thinking?.budget ?? 0);
}
