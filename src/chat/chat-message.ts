import type { AnswerErrorCode } from "./error-codes.ts";

/** Who wrote a message. */
export type MessageRole = "user" | "assistant" | "system" | "tool";

/**
 * Where a message stands. Only `pending`, `streaming` and `awaiting_approval` are in progress; the
 * others are final.
 */
export type MessageStatus =
  | "pending"
  | "streaming"
  | "awaiting_approval"
  | "complete"
  | "stopped"
  | "failed"
  | "interrupted";

/** Where a tool call stands. `running` is the only one without a final result besides `awaiting_approval`. */
export type ToolCallStatus = "running" | "awaiting_approval" | "complete" | "error" | "denied";

/** A value that survives JSON unchanged. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** A tool that the model asked for, with its result as soon as there is one. */
export interface ChatToolCall {
  /** The provider's id, unique within the message. */
  readonly toolCallId: string;
  readonly name: string;
  /** The arguments as the model wrote them: parsed JSON, or the text when it was not JSON. */
  readonly arguments: JsonValue;
  /** What the tool returned, or why it failed; null while it runs. */
  readonly result: string | null;
  readonly status: ToolCallStatus;
}

/** A piece of an answer, in the order in which it was produced. */
export type MessagePart =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "thinking"; readonly text: string }
  | { readonly type: "tool"; readonly toolCallId: string };

/** A file that came with a user message. `url` is always a `data:` URL. */
export interface ChatAttachment {
  readonly name: string | null;
  readonly mediaType: string;
  readonly url: string;
}

/** Why an answer failed: safe to show, without the provider's own text. */
export interface ChatMessageError {
  readonly code: AnswerErrorCode;
  readonly message: string;
  readonly retryable: boolean;
}

/** Tokens and cost of one message. Unknown is null, never 0. Cost is in US dollars. */
export interface MessageUsage {
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly cost: number | null;
}

/** A message as it goes over the wire: JSON only, dates as ISO 8601 strings. */
export interface ChatMessage {
  readonly id: string;
  readonly chatId: string;
  /** The message that this one answers or follows; null for the first one. */
  readonly parentId: string | null;
  readonly role: MessageRole;
  readonly status: MessageStatus;
  /** All text parts joined. */
  readonly content: string;
  readonly parts: readonly MessagePart[];
  /** All thinking parts joined; null when the model showed none. */
  readonly thinking: string | null;
  readonly attachments: readonly ChatAttachment[];
  readonly toolCalls: readonly ChatToolCall[];
  readonly usage: MessageUsage;
  /** The model that was asked for. */
  readonly model: string | null;
  readonly provider: string | null;
  readonly error: ChatMessageError | null;
  /** Position among the messages with the same parent; `index` starts at 0. */
  readonly siblings: { readonly index: number; readonly count: number };
  /** The ids of these messages in their order, this one included; what `selectBranch` takes. */
  readonly siblingIds: readonly string[];
  readonly createdAt: string;
  /** When the answer ended; null while it is in progress, or when it is not known. */
  readonly finishedAt: string | null;
}

const inProgress: ReadonlySet<string | undefined> = new Set<MessageStatus>([
  "pending",
  "streaming",
  "awaiting_approval",
]);

/** True while an answer can still change; false for one that is not there. */
export function isInProgress(status: string | undefined): boolean {
  return inProgress.has(status);
}
