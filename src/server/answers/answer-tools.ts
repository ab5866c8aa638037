import type { ReadonlyLazyMap } from "../../shared/collections/lazy-map.ts";
import { LazyMap } from "../../shared/collections/lazy-map.ts";
import type { TurnSettings } from "../../orm/turn/turn-settings.ts";
import type { AnswerOf } from "../answer-of.ts";
import { askFor } from "../answer-of.ts";
import type { ChatRouterOptions } from "../chat-router-options.ts";
import type { BoundTool } from "../tools/bind-tool.ts";
import { bindTool } from "../tools/bind-tool.ts";
import { ChatTool } from "../tools/chat-tool.ts";
import { requiresApproval } from "./requires-approval.ts";

/** The tools of an answer. */
interface AnswerTools extends Pick<TurnSettings, "tools" | "judgeCall"> {
  /** Those of `defineTool`, by their names. */
  readonly bound: ReadonlyLazyMap<string, BoundTool>;
}

/**
 * Asks the app for the tools of an answer, and binds them to it.
 *
 * @throws ChatError `CONFIGURATION` when a tool cannot be described to a model.
 * @throws whatever the app's function throws.
 */
export async function resolveAnswerTools<Context>(
  { tools = [], needsApproval, toolExecution, data }: ChatRouterOptions<Context>,
  answer: AnswerOf<Context>,
): Promise<AnswerTools> {
  const { ctx, chat } = answer;
  const given = await askFor(tools, answer);
  const scene = { ctx, chatId: chat.id, data };
  const bound = new LazyMap<string, BoundTool>();
  const resolved = given.map((tool) => {
    if (!(tool instanceof ChatTool)) return tool;
    const boundTool = bindTool(tool, scene);
    bound.set(boundTool.name, boundTool);
    return boundTool;
  });
  return {
    tools: resolved,
    bound,
    judgeCall: async (call, messageId) => {
      const status = (await bound.get(call.function.name)?.judge(call, messageId)) ?? "running";
      // In a dry run no tool runs, so none needs an approval.
      if (status === "error" || toolExecution === "dry-run")
        return status === "error" ? status : "running";
      if (status === "awaiting_approval" || needsApproval === undefined) return status;
      const isHeld = await requiresApproval(needsApproval, {
        ctx,
        chatId: chat.id,
        messageId,
        call,
      });
      return isHeld ? "awaiting_approval" : status;
    },
  };
}
