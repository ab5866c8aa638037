export { ChatError } from "../chat/chat-error.ts";
export type { AnswerErrorCode, ChatErrorCode } from "../chat/error-codes.ts";
export type { ChatStats } from "../chat/chat-procedures.ts";
export { AgentSession } from "./agent-session.ts";
export type { AgentAskOptions, AgentInputs } from "./agent-session.ts";
export { Chat } from "./chat.ts";
export type {
  CreateChatOptions,
  CreateChatOptions as ChatOptions,
  OrmChatOptions,
  PersistedRows,
  PersistenceOptions,
  ToolExecution,
} from "./chat-settings.ts";
export { createAgentSession, loadAgentSession } from "./create-agent-session.ts";
export type {
  AgentClass,
  CreateAgentSessionOptions,
  LoadAgentSessionOptions,
} from "./create-agent-session.ts";
export { createChat, loadChat } from "./create-chat.ts";
export { inspectSchema } from "./inspect-schema.ts";
export type { SchemaReport } from "./inspect-schema.ts";
export type { ContextLimits } from "./provider/history.ts";
export type { PrismaClientLike } from "./database/client/prisma-client-like.ts";
export type {
  AgentSessionRow,
  AgentSessionRow as AgentSessionRecord,
  ChatRow,
  ChatRow as ChatRecord,
  MessageRecord,
  MessageRow,
  RequestRow,
  ToolCallRow,
} from "./database/rows.ts";
export type { MissingFeature, SchemaFeature } from "./database/schema-features.ts";
export type { ModelNames, TableNames } from "./database/client/table-names.ts";
export type { TurnOptions } from "./turn/turn-settings.ts";
