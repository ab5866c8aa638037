import { chatTemperature, splitOptions } from "../../orm/chat-settings.ts";
import { resolveFallback, resolveLLM } from "../../orm/provider/resolve-llm.ts";
import type { ChatRow } from "../../orm/database/rows.ts";
import { toCoreSchema } from "../../orm/tools/to-core-schema.ts";
import type { TurnSettings } from "../../orm/turn/turn-settings.ts";
import { contextWithinWindow } from "../limits/context-window.ts";
import { maxOutputOf } from "../limits/spending-plan.ts";
import { requiresApproval } from "./requires-approval.ts";
import type { ChatRouterOptions } from "../chat-router-options.ts";

/** The settings of a turn, from the options of the router and the chat's own. */
export function createTurnSettings<Context>(
  options: ChatRouterOptions<Context>,
  { ctx, chat, model }: { ctx: Context; chat: ChatRow; model: string },
): TurnSettings {
  const { llm, context, idleTimeout, toolTimeout, maxToolResultChars, schema, ...rest } = options;
  const { promptCaching, fallback, needsApproval, approvalTimeout, toolExecution } = options;
  const { core } = splitOptions({ ...rest, ...chatTemperature(chat) });
  const instructions = chat.instructions ?? options.instructions;
  // In a dry run no tool runs, so none needs an approval.
  const mayNeedApproval = needsApproval !== undefined && toolExecution !== "dry-run";
  const asked = { llm: resolveLLM(llm, model, fallback), model };
  return {
    ...asked,
    fallback: resolveFallback(llm, asked, fallback),
    instructions: instructions === undefined ? [] : [instructions],
    options: schema === undefined ? core : { ...core, schema: toCoreSchema(schema) },
    context: contextWithinWindow(context, {
      model,
      provider: asked.llm.provider?.id ?? "",
      maxOutputTokens: maxOutputOf(core),
    }),
    idleTimeout,
    toolTimeout,
    maxToolResultChars,
    promptCaching,
    approvalTimeout,
    needsApproval: mayNeedApproval
      ? (call, messageId) =>
          requiresApproval(needsApproval, { ctx, chatId: chat.id, messageId, call })
      : undefined,
    onFailure: "keep",
  };
}
