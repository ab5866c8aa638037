import type { ChatMessage } from "../../chat/chat-message.ts";
import type { ChatToolCall, ToolCallStatus } from "../../chat/tool-call.ts";
import type { MessageCache } from "../cache/message-cache.ts";
import type { ChatClient } from "../connection/chat-client.ts";
import { ChatHookError } from "../connection/chat-hook-error.ts";
import type { ChatActionResult } from "./chat-action-result.ts";
import { retryUnreached } from "./retry-unreached.ts";

/** The user's decision about a tool call that waits for approval. */
export interface ToolResponse {
  /** The call to decide, from `toolCalls` of the message. */
  readonly toolCallId: string;
  /** True runs the tool; false tells the model that the call was denied. */
  readonly approved: boolean;
  /** Why the call was denied, for the model. */
  readonly reason?: string | undefined;
  /**
   * The message with the tool call.
   * @default the message that waits
   */
  readonly messageId?: string | undefined;
}

/** What `respondToTool` resolves to: the answer, or why the decision was refused. */
export type ToolResponseResult<Call extends ChatToolCall = ChatToolCall> = ChatActionResult<{
  /** The answer that contains the call, with the decision. */
  readonly assistantMessage: ChatMessage<Call>;
}>;

/**
 * Updates the tool call optimistically while the decision is sent.
 *
 * @param waitingId the message that waits, in case the response names none
 * @throws ChatHookError `CONFLICT` when the tool call does not wait for approval
 */
export async function respondToTool(
  messages: MessageCache,
  client: ChatClient,
  response: ToolResponse,
  waitingId = "",
): Promise<{ readonly assistantMessage: ChatMessage }> {
  const { messageId = waitingId, ...decision } = response;
  const isDecided = (call: ChatToolCall): boolean => call.toolCallId === decision.toolCallId;
  const show = (status: ToolCallStatus): void => {
    const message = messages.find(messageId);
    if (message?.status !== "awaiting_approval") return;
    const toolCalls = message.toolCalls.map((one) => (isDecided(one) ? { ...one, status } : one));
    messages.replace({ ...message, toolCalls });
  };
  if (messages.find(messageId)?.toolCalls.find(isDecided)?.status !== "awaiting_approval") {
    throw new ChatHookError("CONFLICT", "This tool call does not wait for approval.");
  }
  show(decision.approved ? "running" : "denied");
  try {
    const output = await retryUnreached(() =>
      client.respondToTool.mutate({ messageId, ...decision }),
    );
    messages.update(output.assistantMessage);
    return output;
  } catch (error) {
    show("awaiting_approval");
    void messages.refetch();
    throw error;
  }
}
