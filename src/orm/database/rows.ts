import type { JsonValue } from "../../shared/json-value.ts";
/** A chat as it is stored. Columns from `title` on are this package's additions and may be missing. */
export interface ChatRow {
  /** The chat's id. */
  id: string;
  /** The model to ask; null for the LLM's default. */
  model: string | null;
  /** The provider's id. */
  provider: string | null;
  /** The system prompt. */
  instructions: string | null;
  /** Your own JSON, as `createChat` or `create` got it; null for none. */
  metadata: unknown;
  /** When the chat was created. */
  createdAt: Date;
  /** When a message was last added, or the chat was last changed. */
  updatedAt: Date;
  /** The title; null for none. */
  title?: string | null;
  /** The owner's id, for `scope`. */
  userId?: string | null;
  /** The sampling temperature of its answers; null to send none. */
  temperature?: number | null;
  /** Rises with each new message and each selection of a branch. */
  lastPosition?: number;
}

/** A message as it is stored. Columns from `parentId` on are this package's additions and may be missing. */
export interface MessageRow {
  /** The message's id. */
  id: string;
  /** The chat that the message belongs to. */
  chatId: string;
  /** `user`, `assistant`, `system` or `tool`. */
  role: string;
  /** The text. */
  content: string | null;
  /** JSON: the content parts of a user message with attachments. */
  contentRaw: string | null;
  /** The specification's other column for thinking. This package reads it and writes `thinkingText`. */
  reasoning: string | null;
  /** All thinking of the answer. */
  thinkingText: string | null;
  /** The provider's signature of the last piece of thinking. */
  thinkingSignature: string | null;
  /** Tokens of the thinking; null when the provider reported none. */
  thinkingTokens: number | null;
  /** Tokens of all calls of the provider together; null when it reported none. */
  inputTokens: number | null;
  /** Tokens of all calls of the provider together; null when it reported none. */
  outputTokens: number | null;
  /** The model that answered: the one that was asked for, or one of `fallback`. */
  modelId: string | null;
  /** The provider's id. */
  provider: string | null;
  /** When the message was created. */
  createdAt: Date;
  /** The message that this one answers or follows; null for the first one. */
  parentId?: string | null;
  /** The order within the chat, which does not depend on a clock; null for a row from before this column existed. */
  position?: number | null;
  /** True for a message on the active branch. */
  active?: boolean;
  /** `pending`, `streaming`, `awaiting_approval`, `awaiting_output`, `complete`, `stopped`, `failed` or `interrupted`. */
  status?: string;
  /** The chat's id while the answer is in progress. The column is unique, so a chat has one such answer at most. */
  turnLock?: string | null;
  /** JSON: the order of the text, the thinking and the tool calls. */
  parts?: string | null;
  /** US dollars, for all calls of the provider together; null when a price is not known. */
  cost?: number | null;
  /** How many of the input tokens came from a provider's cache; null when no call reported it. */
  cachedTokens?: number | null;
  /** Why the answer failed. */
  errorCode?: string | null;
  /** Why the model ended the answer: a `FinishReason`; null when it did not. */
  finishReason?: string | null;
  /** When somebody asked to stop the answer. */
  stopRequestedAt?: Date | null;
  /** When the answer ended. */
  finishedAt?: Date | null;
  /** JSON: what the app keeps with the message; null for none. */
  metadata?: string | null;
  /** JSON: what the answer says, as the schema for answers made it; null for an answer that does not fit it. */
  object?: string | null;
  /** Since when the router's `onFinish` is due for the ended answer; null once it has returned. */
  finishDueAt?: Date | null;
}

/** A message, as the methods of `Chat` return it. */
export interface MessageRecord extends MessageRow {
  /** What the answer says, as the `schema` of the chat made it; null without one, and for an answer that does not fit. */
  readonly parsed: JsonValue | null;
}

/** The row of a message, with what its answer says. */
export function toRecord(row: MessageRow): MessageRecord {
  const parsed: JsonValue | null = row.object == null ? null : JSON.parse(row.object);
  return { ...row, parsed };
}

/** A message row without anything in it. */
export function emptyMessage(
  id: string,
  chatId: string,
  role: string,
  createdAt: Date,
): MessageRow {
  return {
    id,
    chatId,
    role,
    content: null,
    contentRaw: null,
    reasoning: null,
    thinkingText: null,
    thinkingSignature: null,
    thinkingTokens: null,
    inputTokens: null,
    outputTokens: null,
    modelId: null,
    provider: null,
    createdAt,
    parentId: null,
    position: null,
    active: true,
    status: "complete",
    turnLock: null,
    parts: null,
    cost: null,
    cachedTokens: null,
    errorCode: null,
    finishReason: null,
    stopRequestedAt: null,
    finishedAt: null,
    metadata: null,
    object: null,
    finishDueAt: null,
  };
}

/** A tool call as it is stored. Columns from `position` on are this package's additions and may be missing. */
export interface ToolCallRow {
  /** The row's id, which is not the provider's. */
  id: string;
  /** The answer that made the call. */
  messageId: string;
  /** The provider's id of the call, unique within the answer. */
  toolCallId: string;
  /** The tool's name. */
  name: string;
  /** JSON, as the model wrote it. */
  arguments: string;
  /** The thinking right before the call. */
  thought: string | null;
  /** The provider's signature of that thinking. */
  thoughtSignature: string | null;
  /** What the model was told; null while the call has no result. */
  result: string | null;
  /** When the model made the call. */
  createdAt: Date;
  /** The order within the answer, from 0. */
  position?: number;
  /** Which call of the provider made this tool call, from 1. */
  step?: number;
  /** `running`, `awaiting_approval`, `awaiting_output`, `complete`, `error` or `denied`. */
  status?: string;
  /** When the call got its result, or was denied. */
  finishedAt?: Date | null;
  /**
   * JSON: what the tool returned; empty when `result` is that JSON, and null when it returned the text in `result`, or
   * nothing.
   */
  output?: string | null;
  /** JSON: what the tool reported last while it ran; null when it has reported nothing. */
  progress?: string | null;
}

/** A call of the provider as it is stored; failed and aborted calls have a row too. */
export interface RequestRow {
  /** The row's id. */
  id: string;
  /** The chat that the call was made for. */
  chatId: string;
  /** The answer that the call was made for; null for a call without one, or when it failed and was deleted. */
  messageId: string | null;
  /** The provider's id. */
  provider: string;
  /** The model that was called. */
  model: string;
  /** The HTTP status; 499 when the call was aborted, 0 when no response came. */
  statusCode: number;
  /** Milliseconds. */
  duration: number;
  /** Input tokens; 0 when the provider reported none. */
  inputTokens: number;
  /** Output tokens; 0 when the provider reported none. */
  outputTokens: number;
  /** US dollars; null when the price is not known. */
  cost: number | null;
  /** When the row was written, right after the call ended. */
  createdAt: Date;
  /** Why the call failed. An addition of this package, which may be missing. */
  errorCode?: string | null;
  /** How many of the input tokens came from the provider's cache; null when it did not say. An addition, too. */
  cachedTokens?: number | null;
}

/** An entry in the log of an answer in progress. `turn/log-entry.ts` says what the columns mean for each kind. */
export interface ChunkRow {
  /** The answer. */
  messageId: string;
  /** The place in the log, from 0. */
  seq: number;
  /** The `kind` of `LogEntry`. */
  kind: string;
  /** The next piece of content or thinking; empty for other kinds. */
  text: string;
  /** Milliseconds since the message was created, by the clock of the process that wrote the entry. */
  at: number;
  /** The call of a `tool` entry; null for other kinds. */
  toolCallId: string | null;
  /** How long the answer of an `approval` entry waits, in milliseconds; null for other kinds. */
  timeoutMs: number | null;
}

/** An entry before it is written. */
export type NewChunk = Readonly<ChunkRow>;

/** A call of a provider in the ledger. */
export interface UsageRow {
  /** The row's id. */
  id: string;
  /** The key of the scope that pays. */
  scope: string;
  /** The chat that the call was made for. It may be gone. */
  chatId: string;
  /** The answer that the call was made for. It may be gone, too. */
  messageId: string | null;
  /** `answer` or `title`. */
  kind: string;
  /** The provider's id. */
  provider: string;
  /** The model that was called. */
  model: string;
  /** The HTTP status; 499 when the call was aborted, 0 when no response came. */
  statusCode: number;
  /** Why the call failed. */
  errorCode: string | null;
  /** Milliseconds. */
  duration: number;
  /** Input tokens. */
  inputTokens: number;
  /** Output tokens. */
  outputTokens: number;
  /** How many of the input tokens came from the provider's cache; null when it did not say. */
  cachedTokens: number | null;
  /** US dollars; null when the price is not known. */
  cost: number | null;
  /** True when the provider did not report the tokens. */
  isEstimate: boolean;
  /** When the call ended. */
  createdAt: Date;
}

/** What a scope uses of its limits: its totals, when `id` is `scope`, or a hold on a part of them. */
export interface AccountRow {
  /** The key of the scope; of a hold, the id of its holder. */
  id: string;
  /** The key of the scope. */
  scope: string;
  /** Answers in progress. */
  answers: number;
  /** Open subscriptions. */
  subscriptions: number;
  /** Reserved tokens. */
  tokens: number;
  /** Reserved US dollars. */
  cost: number;
  /** Of a hold: when its holder counts as dead, in milliseconds; 0 when its answer tells. */
  expiresAt: bigint;
  /** Of a hold: JSON of the call, for the ledger if the process dies. */
  call: string;
  /** When the minute began in which answers are counted, in milliseconds. */
  answersFrom: bigint;
  answersBegun: number;
  /** When the minute began in which new chats are counted, in milliseconds. */
  chatsFrom: bigint;
  chatsMade: number;
  /** The period of the budget. */
  period: string;
  /** When it began, in milliseconds. */
  periodStart: bigint;
  /** What was spent in it: tokens. */
  spentTokens: bigint;
  /** What was spent in it: US dollars. */
  spentCost: number;
}

/** The session of an agent as it is stored. */
export interface AgentSessionRow<Metadata = unknown> {
  /** The session's id. */
  id: string;
  /** The name of the agent's class. */
  agentClass: string;
  /** The chat with the session's messages. */
  chatId: string;
  /** What the agent gets as its inputs; null for nothing. */
  metadata: Metadata;
  /** When the session was created. */
  createdAt: Date;
  /** When the session was last changed. */
  updatedAt: Date;
}

/** A file of a user message as it is stored. */
export interface AttachmentRow {
  /** The attachment's id. */
  id: string;
  /** The chat of its message. */
  chatId: string;
  /** The message that it was sent with. */
  messageId: string;
  /** The name of the file; null for none. */
  name: string | null;
  /** The media type, which the bytes were compared with. */
  mediaType: string;
  /** Bytes. */
  size: number;
  /** Whether the bytes are in the app's storage. */
  isStored: boolean;
  /** The bytes; null when they are in the app's storage. */
  data: Uint8Array | null;
}

/** A file in the app's storage. */
export interface StoredFileRow {
  /** Its key in the storage: the id of the attachment. */
  key: string;
  /** Null while it is not sent yet, and when it is to be deleted. */
  attachmentId: string | null;
  /** When the row was written, right before the file. */
  createdAt: Date;
}
