import type { ChatMessage } from "../../../src/chat/chat-message.ts";

/** Returns a complete message. A test passes only the fields that matter to it. */
export function fakeMessage(patch: Partial<ChatMessage> & { readonly id: string }): ChatMessage {
  const content = patch.content ?? "";
  return {
    chatId: "chat",
    parentId: null,
    role: "assistant",
    status: "complete",
    content,
    parts: content === "" ? [] : [{ type: "text", text: content }],
    thinking: null,
    attachments: [],
    toolCalls: [],
    usage: { inputTokens: null, outputTokens: null, cachedTokens: null, cost: null },
    model: "model",
    provider: "provider",
    finishReason: null,
    metadata: null,
    object: null,
    error: null,
    siblings: { index: 0, count: 1 },
    siblingIds: [patch.id],
    createdAt: "2026-01-01T00:00:00.000Z",
    finishedAt: null,
    ...patch,
  };
}
