import type { ChatMessage } from "../../chat/chat-message.ts";

/** A user message as it looks before the server has answered. */
export function createUserMessage(
  given: Pick<ChatMessage, "id" | "chatId" | "parentId" | "content" | "attachments" | "siblingIds">,
): ChatMessage {
  const { content, siblingIds } = given;
  const now = new Date().toISOString();
  return {
    ...given,
    role: "user",
    status: "complete",
    parts: content === "" ? [] : [{ type: "text", text: content }],
    thinking: null,
    toolCalls: [],
    usage: { inputTokens: null, outputTokens: null, cost: null },
    model: null,
    provider: null,
    error: null,
    siblings: { index: siblingIds.length - 1, count: siblingIds.length },
    createdAt: now,
    finishedAt: now,
  };
}
