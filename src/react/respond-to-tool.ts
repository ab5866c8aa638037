import type { ChatMessage, ChatToolCall } from "../chat/chat-message.ts";
import type { ChatActionResult } from "./chat-action.ts";
import type { ChatClient } from "./chat-client.ts";
import { ChatHookError } from "./chat-hook-error.ts";
import type { MessageCache } from "./message-cache.ts";
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
  { messageId, ...decision }: ToolResponse,
  waitingId: string | undefined,
): Promise<{ readonly assistantMessage: ChatMessage }> {
  const message = messages.find(messageId ?? waitingId ?? "");
  const call = message?.toolCalls.find((one) => one.toolCallId === decision.toolCallId);
  if (message === undefined || call?.status !== "awaiting_approval") {
    const text = "This tool call does not wait for an approval.";
    throw new ChatHookError("CONFLICT", text, false);
  }
  const status = decision.approved ? "running" : "denied";
  messages.replace(withCall(message, { ...call, status }));
  try {
    const input = { messageId: message.id, ...decision };
    const output = await retryUnreached(() => client.respondToTool.mutate(input));
    messages.update(output.assistantMessage);
    return output;
  } catch (error) {
    const now = messages.find(message.id);
    if (now?.status === "awaiting_approval") messages.replace(withCall(now, call));
    void messages.refetch();
    throw error;
  }
}

/** The message with another state of one of its calls. */
function withCall(message: ChatMessage, call: ChatToolCall): ChatMessage {
  const toolCalls = message.toolCalls.map((one) =>
    one.toolCallId === call.toolCallId ? call : one,
  );
  return { ...message, toolCalls };
}
