/** A chat as it is stored. Columns from `title` on are this package's additions and may be missing. */
export interface ChatRow {
  id: string;
  /** The model to ask; null for the LLM's default. */
  model: string | null;
  /** The provider's id. */
  provider: string | null;
  /** The system prompt. */
  instructions: string | null;
  metadata: unknown;
  createdAt: Date;
  /** When a message was last added, or the chat was last changed. */
  updatedAt: Date;
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
  id: string;
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
  thinkingTokens: number | null;
  /** Tokens of all calls of the provider together; null when it reported none. */
  inputTokens: number | null;
  /** Tokens of all calls of the provider together; null when it reported none. */
  outputTokens: number | null;
  /** The model that was asked for. */
  modelId: string | null;
  /** The provider's id. */
  provider: string | null;
  createdAt: Date;
  /** The message that this one answers or follows; null for the first one. */
  parentId?: string | null;
  /** The order within the chat, which does not depend on a clock; null for a row from before this column existed. */
  position?: number | null;
  /** True for a message on the active branch. */
  active?: boolean;
  /** `pending`, `streaming`, `awaiting_approval`, `complete`, `stopped`, `failed` or `interrupted`. */
  status?: string;
  /** The chat's id while the answer is in progress. The column is unique, so a chat has one such answer at most. */
  turnLock?: string | null;
  /** JSON: the order of the text, the thinking and the tool calls. */
  parts?: string | null;
  /** US dollars, for all calls of the provider together; null when a price is not known. */
  cost?: number | null;
  /** Why the answer failed. */
  errorCode?: string | null;
  /** When somebody asked to stop the answer. */
  stopRequestedAt?: Date | null;
  /** When the answer ended. */
  finishedAt?: Date | null;
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
    errorCode: null,
    stopRequestedAt: null,
    finishedAt: null,
  };
}

/** A tool call as it is stored. Columns from `position` on are this package's additions and may be missing. */
export interface ToolCallRow {
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
  createdAt: Date;
  /** The order within the answer, from 0. */
  position?: number;
  /** Which call of the provider made this tool call, from 1. */
  step?: number;
  /** `running`, `awaiting_approval`, `complete`, `error` or `denied`. */
  status?: string;
  finishedAt?: Date | null;
}

/** A call of the provider as it is stored; failed and aborted calls have a row too. */
export interface RequestRow {
  id: string;
  chatId: string;
  /** The answer that the call was made for; null for a call without one, or when it failed and was deleted. */
  messageId: string | null;
  /** The provider's id. */
  provider: string;
  model: string;
  /** The HTTP status; 499 when the call was aborted, 0 when no response came. */
  statusCode: number;
  /** Milliseconds. */
  duration: number;
  inputTokens: number;
  outputTokens: number;
  /** US dollars; null when the price is not known. */
  cost: number | null;
  createdAt: Date;
  /** Why the call failed. An addition of this package, which may be missing. */
  errorCode?: string | null;
}

/** An entry in the log of an answer in progress. `turn/log-entry.ts` says what the columns mean for each kind. */
export interface ChunkRow {
  messageId: string;
  /** The place in the log, from 0. */
  seq: number;
  kind: string;
  text: string;
  /** Milliseconds since the message was created, by the clock of the process that wrote the entry. */
  at: number;
  toolCallId: string | null;
  timeoutMs: number | null;
}

export type NewChunk = Readonly<ChunkRow>;
