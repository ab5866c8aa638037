import type { ChatMessage, DataPart, WithObject } from "../../chat/chat-message.ts";
import { isWaiting } from "../../chat/chat-message.ts";
import type { ToolApproval, ToolOutput } from "../../chat/chat-procedures.ts";
import type { Metadata } from "../../chat/chat-summary.ts";
import type { ChatToolCall, ToolCallStatus } from "../../chat/tool-call.ts";
import type { MessageCache } from "../cache/message-cache.ts";
import type { ChatClient } from "../connection/chat-client.ts";
import { ChatHookError } from "../connection/chat-hook-error.ts";
import type { ChatActionResult } from "./chat-action-result.ts";
import { retryUnreached } from "./retry-unreached.ts";

/** The user's decision about a tool call, or the output of one that the page has run. */
export type ToolResponse<Call extends ChatToolCall = ChatToolCall> = {
  /** The call, from `toolCalls` of the message. */
  readonly toolCallId: string;
  /**
   * The message with the tool call.
   * @default the message that waits
   */
  readonly messageId?: string | undefined;
} & (ToolApproval | ToolOutput<OutputOf<Call>>);

/** What the tools of a router return. */
export type OutputOf<Call extends ChatToolCall> = (Call & {
  readonly status: "complete";
})["output"];

/** What `respondToTool` resolves to: the answer, or why the decision was refused. */
export type ToolResponseResult<
  Call extends ChatToolCall = ChatToolCall,
  Data extends DataPart = DataPart,
  Meta extends Metadata = Metadata,
  Message extends WithObject = ChatMessage<Call, Data, Meta>,
> = ChatActionResult<{
  /** The answer that contains the call, with the decision. */
  readonly assistantMessage: Message;
}>;

/**
 * Updates the tool call optimistically while the response is sent.
 *
 * @param waitingId the message that waits, in case the response names none
 * @throws ChatHookError `CONFLICT` when the tool call does not wait
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
    if (!isWaiting(message?.status)) return;
    const toolCalls = message.toolCalls.map((one) => (isMeant(one) ? { ...one, status } : one));
    messages.replace({ ...message, toolCalls });
  };
  const waiting = messages.find(messageId)?.toolCalls.find(isMeant)?.status;
  if (!isWaiting(waiting)) {
    throw new ChatHookError("CONFLICT", "This tool call does not wait for a response.");
  }
  show(decision.approved === false ? "denied" : "running");
  try {
    const output = await retryUnreached(() =>
      client.respondToTool.mutate({ messageId, ...decision }),
    );
    messages.update(output.assistantMessage);
    return output;
  } catch (error) {
    show(waiting);
    void messages.refetch();
    throw error;
  }
}
