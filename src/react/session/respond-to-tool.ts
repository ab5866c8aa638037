import type { ChatMessage, ChatToolCall, ToolCallStatus } from "../../chat/chat-message.ts";
import type { ChatActionResult } from "./chat-action-result.ts";
import type { ChatClient } from "../connection/chat-client.ts";
import { ChatHookError } from "../connection/chat-hook-error.ts";
import type { MessageCache } from "../cache/message-cache.ts";
import { retryUnreached } from "./retry-unreached.ts";

/** What the user decides about a tool call that waits for approval. */
export interface ToolResponse {
  readonly toolCallId: string;
  /** True lets the tool run; false goes to the model as the result of the call. */
  readonly approved: boolean;
  /** Told to the model with a denial. */
  readonly reason?: string | undefined;
  /** The message that has the call; by default the one that waits. */
  readonly messageId?: string | undefined;
}

export type ToolResponseResult = ChatActionResult<{ readonly assistantMessage: ChatMessage }>;

/**
 * Shows the decision at once, and takes it back when the server refuses it.
 * @param waitingId the message that waits, where the response does not say
 */
export async function respondToTool(
  messages: MessageCache,
  client: ChatClient,
  response: ToolResponse,
  waitingId = "",
): Promise<{ readonly assistantMessage: ChatMessage }> {
  const { messageId = waitingId, ...decision } = response;
  const isMeant = (call: ChatToolCall): boolean => call.toolCallId === decision.toolCallId;
  const show = (status: ToolCallStatus): void => {
    const message = messages.find(messageId);
    if (message?.status !== "awaiting_approval") return;
    const toolCalls = message.toolCalls.map((one) => (isMeant(one) ? { ...one, status } : one));
    messages.replace({ ...message, toolCalls });
  };
  if (messages.find(messageId)?.toolCalls.find(isMeant)?.status !== "awaiting_approval") {
    const text = "This tool call does not wait for approval.";
    throw new ChatHookError("CONFLICT", text, false);
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
