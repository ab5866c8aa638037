import type { ChatAttachment, ChatMessage } from "../../chat/chat-message.ts";

/** A message that the user has written. */
export interface MessageDraft {
  /** The text. It may be empty when there are attachments. */
  readonly content: string;
  /** The files to send along, with their content in `data:` URLs. */
  readonly attachments?: readonly ChatAttachment[] | undefined;
  /**
   * One of the router's `models`, for this answer alone.
   * @default the chat's model
   */
  readonly model?: string | undefined;
}

/** Returns the draft; null when it has neither text nor attachments. */
export function readDraft(message: string | MessageDraft): MessageDraft | null {
  const draft = typeof message === "string" ? { content: message } : message;
  return draft.content.trim() || draft.attachments?.length ? draft : null;
}

/** Creates a user message as it looks before the server has confirmed it. */
export function createUserMessage(
  given: Pick<ChatMessage, "id" | "chatId" | "parentId" | "content" | "attachments" | "siblingIds">,
): ChatMessage {
  const { content, siblingIds } = given;
  const now = new Date().toISOString();
  return {
    ...given,
    status: "complete",
    role: "user",
    parts: content ? [{ type: "text", text: content }] : [],
    thinking: null,
    toolCalls: [],
    usage: { inputTokens: null, outputTokens: null, cachedTokens: null, cost: null },
    model: null,
    provider: null,
    finishReason: null,
    error: null,
    siblings: { index: siblingIds.length - 1, count: siblingIds.length },
    createdAt: now,
    finishedAt: now,
  };
}

/** Creates a UUID, version 4. `crypto.randomUUID` does not exist in pages without HTTPS. */
export function randomId(): string {
  return "xxxxxxxx-xxxx-4xxx-axxx-xxxxxxxxxxxx".replace(/x/g, () => {
    const [random = 0] = crypto.getRandomValues(new Uint8Array(1));
    return (random % 16).toString(16);
  });
}
