/** A chat row. The columns behind `title` are this package's additions and may be missing. */
export interface ChatRow {
  id: string;
  model: string | null;
  provider: string | null;
  instructions: string | null;
  metadata: unknown;
  createdAt: Date;
  updatedAt: Date;
  title?: string | null;
  userId?: string | null;
  temperature?: number | null;
  lastPosition?: number;
}

/** A message row. The columns behind `createdAt` are this package's additions and may be missing. */
export interface MessageRow {
  id: string;
  chatId: string;
  role: string;
  content: string | null;
  contentRaw: string | null;
  reasoning: string | null;
  thinkingText: string | null;
  thinkingSignature: string | null;
  thinkingTokens: number | null;
  inputTokens: number | null;
  outputTokens: number | null;
  modelId: string | null;
  provider: string | null;
  createdAt: Date;
  parentId?: string | null;
  position?: number | null;
  active?: boolean;
  status?: string;
  turnLock?: string | null;
  parts?: string | null;
  cost?: number | null;
  errorCode?: string | null;
  errorMessage?: string | null;
  finishedAt?: Date | null;
}

export interface ToolCallRow {
  id: string;
  messageId: string;
  toolCallId: string;
  name: string;
  arguments: string;
  thought: string | null;
  thoughtSignature: string | null;
  result: string | null;
  createdAt: Date;
  position?: number;
  step?: number;
  status?: string;
  finishedAt?: Date | null;
}

export interface RequestRow {
  id: string;
  chatId: string;
  messageId: string | null;
  provider: string;
  model: string;
  statusCode: number;
  duration: number;
  inputTokens: number;
  outputTokens: number;
  cost: number | null;
  createdAt: Date;
  errorCode?: string | null;
}

export type ChunkKind = "text" | "thinking" | "tool" | "beat" | "stop" | "fence" | "approval";

export interface ChunkRow {
  messageId: string;
  seq: number;
  kind: string;
  text: string;
  at: number;
}
