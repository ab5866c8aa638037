import type { ToolCall } from "@node-llm/core";
import { ChatError } from "../../chat/chat-error.ts";
import { toChatToolCall } from "../../orm/messages/to-chat-message.ts";
import type { ChatRouterOptions } from "../chat-router-options.ts";

type NeedsApproval<Context> = NonNullable<ChatRouterOptions<Context>["needsApproval"]>;

/** Whether a tool call may run only after somebody approves it. */
export async function requiresApproval<Context>(
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

/** 20 days. The log of an answer counts milliseconds in 32 bits, which is almost 25 days. */
const maxTimeoutMs = 20 * 86_400_000;

/** @throws ChatError `CONFIGURATION` unless the timeout is a number above 0 and up to 20 days. */
export function checkApprovalTimeout(timeoutMs: number | undefined): void {
  const isNumber = typeof timeoutMs === "number";
  if (timeoutMs === undefined || (isNumber && timeoutMs > 0 && timeoutMs <= maxTimeoutMs)) return;
  throw new ChatError(
    "CONFIGURATION",
    `createChatRouter: \`approvalTimeout\` is ${timeoutMs}. Set it to a number of milliseconds above 0 and up to ${maxTimeoutMs} (20 days).`,
  );
}
