import type { ChatAttachment, ChatMessage } from "../../chat/chat-message.ts";
import type { SendMessageOutput } from "../../chat/chat-procedures.ts";
import { ChatHookError } from "../connection/chat-hook-error.ts";

/** What the user has written. */
export interface MessageDraft {
  readonly content: string;
  readonly attachments?: readonly ChatAttachment[] | undefined;
  /** One of the router's models; the chat's own by default. */
  readonly model?: string | undefined;
}

/** An action never rejects: it resolves to what it made, or to why it did not. */
export type ChatActionResult<Data extends object = object> =
  | ({ readonly ok: true } & Data)
  | { readonly ok: false; readonly error: ChatHookError };

export type SendResult = ChatActionResult<SendMessageOutput>;
export type RegenerateResult = ChatActionResult<{ readonly assistantMessage: ChatMessage }>;

export interface RegenerateOptions {
  /** The answer to make again, or the user message to answer. The newest message by default. */
  readonly messageId?: string | undefined;
  readonly model?: string | undefined;
}

/** Null when there is neither text nor attachment. */
export function readDraft(message: string | MessageDraft): MessageDraft | null {
  const draft = typeof message === "string" ? { content: message } : message;
  return draft.content.trim() || draft.attachments?.length ? draft : null;
}

interface Refusal {
  readonly ok: false;
  readonly error: ChatHookError;
}

export function noSuchMessage(): Refusal {
  return refusal("NOT_FOUND", "This message is not on the page.", false);
}

export function emptyRefusal(): Refusal {
  return refusal("BAD_REQUEST", "The message is empty. Write something first.", false);
}

export function refusal(code: string, message: string, retryable: boolean): Refusal {
  return { ok: false, error: new ChatHookError(code, message, retryable) };
}
