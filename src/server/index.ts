export { Answer } from "../chat/answer.ts";
export type { StreamDelta } from "../chat/answer.ts";
export { ChatError } from "../chat/chat-error.ts";
export type { AnswerErrorCode, ChatErrorCode } from "../chat/error-codes.ts";
export type { ChatEvent } from "../chat/chat-event.ts";
export type {
  ChatAttachment,
  ChatMessage,
  ChatMessageError,
  ChatToolCall,
  FinishReason,
  JsonValue,
  MessagePart,
  MessageRole,
  MessageStatus,
  MessageUsage,
  ToolCallStatus,
} from "../chat/chat-message.ts";
export type { ChatNotice } from "../chat/chat-notice.ts";
export type { ChatModel, ChatStats, Page } from "../chat/chat-procedures.ts";
export type { ChatSummary } from "../chat/chat-summary.ts";
export type { StreamCursor } from "../chat/stream-cursor.ts";
export type { ChatHub, HubStopResult } from "./hub/chat-hub.ts";
export type { ChatRouterEvent } from "./chat-router-event.ts";
export { createChatRouter } from "./create-chat-router.ts";
export { createDrain } from "./create-drain.ts";
export type { ChatDrain, Drainable, DrainOptions, DrainReport } from "./create-drain.ts";
export { createMemoryHub } from "./hub/create-memory-hub.ts";
export type { MemoryHubOptions } from "./hub/create-memory-hub.ts";
export type { AnswerFailure, FailureListener } from "./report-failure.ts";
export type {
  BeforeSend,
  ChatLimits,
  ChatRouterOptions,
  ChatTitleOptions,
  ProposedToolCall,
} from "./chat-router-options.ts";
export type { BudgetPeriod, ChatBudget } from "../orm/usage/budget.ts";
export type { ScopeLimit, ScopeLimits } from "./limits/account-limits.ts";
export type { BudgetOption, BudgetResult } from "./limits/budget-option.ts";
export type { ScopeColumns, ScopeOption, ScopeValue } from "./scope.ts";
