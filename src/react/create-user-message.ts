import type { ChatAttachment, ChatMessage } from "../chat/chat-message.ts";

export interface NewUserMessage {
  readonly id: string;
  readonly chatId: string;
  readonly parentId: string | null;
  readonly content: string;
  readonly attachments?: readonly ChatAttachment[] | undefined;
}

/** A user message as it looks before the server has answered. */
export function createUserMessage(input: NewUserMessage): ChatMessage {
  const now = new Date().toISOString();
  return {
    id: input.id,
    chatId: input.chatId,
    parentId: input.parentId,
    role: "user",
    status: "complete",
    content: input.content,
    parts: input.content === "" ? [] : [{ type: "text", text: input.content }],
    thinking: null,
    attachments: input.attachments ?? [],
    toolCalls: [],
    usage: { inputTokens: null, outputTokens: null, cost: null },
    model: null,
    provider: null,
    error: null,
    siblings: { index: 0, count: 1 },
    siblingIds: [input.id],
    createdAt: now,
    finishedAt: now,
  };
}
