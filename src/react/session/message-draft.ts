import type { ChatAttachment, ChatMessage } from "../../chat/chat-message.ts";
import type { Metadata } from "../../chat/chat-summary.ts";
import type { NewAttachment } from "../../chat/chat-procedures.ts";

/** A file of a message that the user has written. */
export type DraftAttachment = NewAttachment | ChatAttachment;

/** A message that the user has written. */
export interface MessageDraft<Meta extends Metadata = Metadata> {
  /** The text. It may be empty when there are attachments. */
  readonly content: string;
  /**
   * The files to send along: new ones with their content in `data:` URLs, and attachments of the chat as its messages
   * have them.
   */
  readonly attachments?: readonly DraftAttachment[] | undefined;
  /**
   * One of the router's `models`, for this answer alone.
   * @default the chat's model
   */
  readonly model?: string | undefined;
  /** Anything that your app wants to keep with the message. The model never gets it. */
  readonly metadata?: Meta | undefined;
}

interface MutableDraft extends MessageDraft {
  readonly attachments?: DraftAttachment[] | undefined;
}

/** Returns the draft; null when it has neither text nor attachments. */
export function readDraft(message: string | MessageDraft): MutableDraft | null {
  // The client's type asks for a mutable array, but nothing mutates it.
  const draft = (typeof message === "string" ? { content: message } : message) as MutableDraft;
  return draft.content.trim() || draft.attachments?.length ? draft : null;
}

/** Creates a user message as it looks before the server has confirmed it. */
export function createUserMessage(
  given: Pick<ChatMessage, "id" | "chatId" | "parentId" | "content" | "siblingIds"> &
    Pick<MessageDraft, "attachments" | "metadata">,
): ChatMessage {
  const { content, siblingIds } = given;
  const now = new Date().toJSON();
  return {
    ...given,
    siblings: { index: siblingIds.length - 1, count: siblingIds.length },
    thinking: null,
    role: "user",
    error: null,
    finishedAt: now,
    status: "complete",
    usage: { inputTokens: null, outputTokens: null, cachedTokens: null, cost: null },
    provider: null,
    finishReason: null,
    model: null,
    metadata: given.metadata ?? null,
    object: null,
    parts: content ? [{ type: "text", text: content }] : [],
    createdAt: now,
    attachments: given.attachments?.map((file) => ({ id: "", size: 0, ...file })) ?? [],
    toolCalls: [],
  };
}

/** Creates a UUID, version 4. `crypto.randomUUID` does not exist in pages without HTTPS. */
export function randomId(): string {
  return "xxxxxxxx-xxxx-4xxx-axxx-xxxxxxxxxxxx".replace(/x/g, () =>
    // The number in an array of one number.
    (+crypto.getRandomValues(new Uint8Array(1)) & 15).toString(16),
  );
}
