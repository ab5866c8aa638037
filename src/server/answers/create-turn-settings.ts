import { chatTemperature, splitOptions } from "../../orm/chat-settings.ts";
import { resolveLLM } from "../../orm/provider/resolve-llm.ts";
import type { ChatRow } from "../../orm/database/rows.ts";
import { toCoreSchema } from "../../orm/tools/to-core-schema.ts";
import type { TurnSettings } from "../../orm/turn/turn-settings.ts";
import { asksApproval } from "./requires-approval.ts";
import type { ChatRouterOptions } from "../chat-router-options.ts";

/** How the router runs a turn of a chat. */
export function createTurnSettings<Context>(
  options: ChatRouterOptions<Context>,
  { ctx, chat, model }: { ctx: Context; chat: ChatRow; model: string },
): TurnSettings {
  const { llm, context, idleTimeout, toolTimeout, maxToolResultChars, schema, ...rest } = options;
  const { needsApproval, approvalTimeout, toolExecution } = options;
  const { core } = splitOptions({ ...rest, ...chatTemperature(chat) });
  const instructions = chat.instructions ?? options.instructions;
  // Of a `dry-run`, no tool runs anyway.
  const isAsked = needsApproval !== undefined && toolExecution !== "dry-run";
  return {
    llm: resolveLLM(llm, model),
    model,
    instructions: instructions === undefined ? [] : [instructions],
    options: schema === undefined ? core : { ...core, schema: toCoreSchema(schema) },
    context: context ?? {},
    idleTimeout,
    toolTimeout,
    maxToolResultChars,
    approvalTimeout,
    needsApproval: isAsked
      ? (call, messageId) => asksApproval(needsApproval, { ctx, chatId: chat.id, messageId, call })
      : undefined,
    onFailure: "keep",
  };
}
