import type { ToolCall } from "@node-llm/core";
import { ChatError } from "../../chat/chat-error.ts";
import { toChatToolCall } from "../../orm/messages/to-chat-message.ts";
import type { ChatRouterOptions } from "../chat-router-options.ts";

type NeedsApproval<Context> = NonNullable<ChatRouterOptions<Context>["needsApproval"]>;

/** Whether a call that the model asks for may run only when somebody allows it. */
export async function asksApproval<Context>(
  needsApproval: NeedsApproval<Context>,
  proposed: { ctx: Context; chatId: string; messageId: string; call: ToolCall },
): Promise<boolean> {
  const { ctx, chatId, messageId, call } = proposed;
  const { name } = call.function;
  if (typeof needsApproval !== "function") return needsApproval.includes(name);
  const { toolCallId, arguments: args } = toChatToolCall({
    toolCallId: call.id,
    name,
    arguments: call.function.arguments,
    result: null,
  });
  return needsApproval({ ctx, chatId, messageId, toolCallId, name, arguments: args });
}

/** The log of an answer counts milliseconds in 32 bits. */
const maxTimeoutMs = 20 * 86_400_000;

/** @throws ChatError `CONFIGURATION` for a time that is none. */
export function checkApprovalTimeout(timeoutMs: number | undefined): void {
  if (timeoutMs === undefined || (timeoutMs > 0 && timeoutMs <= maxTimeoutMs)) return;
  throw new ChatError(
    "CONFIGURATION",
    `approvalTimeout is ${timeoutMs}. Set it to a number of milliseconds above 0 and up to ${maxTimeoutMs} (20 days).`,
  );
}
