export { Answer } from "../chat/answer.ts";
export type { StreamDelta } from "../chat/answer.ts";
export { ChatError } from "../chat/chat-error.ts";
export type { AnswerErrorCode, ChatErrorCode } from "../chat/error-codes.ts";
export type { ChatEvent } from "../chat/chat-event.ts";
export type {
  AttachmentContent,
  AttachmentInput,
  AttachmentQuery,
  NewAttachment,
} from "../chat/chat-procedures.ts";
export type { AttachmentStorage, StoredFileInfo } from "../orm/attachments/attachment-storage.ts";
export type { AttachmentMediaType } from "./attachments/media-types.ts";
export type {
  ChatAttachment,
  ChatMessage,
  MessageWith,
  PartialObject,
  ChatMessageError,
  FinishReason,
  DataPart,
  MessagePart,
  MessageRole,
  MessageStatus,
  MessageUsage,
} from "../chat/chat-message.ts";
export type { ChatToolCall, ToolCallStatus } from "../chat/tool-call.ts";
export type { JsonValue } from "../shared/json-value.ts";
export type { ChatNotice } from "../chat/chat-notice.ts";
export type { ChatModel, ChatStats, Page } from "../chat/chat-procedures.ts";
export type { ChatSummary, Metadata } from "../chat/chat-summary.ts";
export type { StreamCursor } from "../chat/stream-cursor.ts";
export type { ChatHub, HubStopResult } from "./hub/chat-hub.ts";
export type { ChatRouterEvent } from "./chat-router-event.ts";
export { createChatRouter } from "./create-chat-router.ts";
export { createDrain } from "./create-drain.ts";
export type { ChatDrain, Drainable, DrainOptions, DrainReport } from "./create-drain.ts";
export { createMemoryHub } from "./hub/create-memory-hub.ts";
export type { MemoryHubOptions } from "./hub/create-memory-hub.ts";
export { moveAttachments } from "./move-attachments.ts";
export { sweepAttachments } from "./sweep-attachments.ts";
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
export { createToolFactory, defineTool } from "./tools/define-tool.ts";
export type { ToolFactory } from "./tools/define-tool.ts";
export { ChatTool } from "./tools/chat-tool.ts";
export type { DataPartOf, DataSchemas, WrittenData } from "./tools/data-writer.ts";
export type {
  DefinedTool,
  ToolApprovalRequest,
  ToolExecution,
  ToolOptions,
} from "./tools/chat-tool.ts";
export type { AnswerOf, PerAnswer } from "./answer-of.ts";
export type { AnswerFinish, FinishResult, OnFinish } from "./answer-finish.ts";
export type { MetadataInput, MetadataOf } from "./inputs/check-metadata.ts";
export type { RouterTool, ToolsOption } from "./tools/router-tools.ts";
export type { Jsonified } from "./tools/jsonified.ts";
export type { StandardSchema } from "../orm/tools/standard-schema.ts";
export type { JsonSchema, ToolSchema } from "./tools/tool-schema.ts";
export type { ToolTypes, UntypedTool, UntypedToolName } from "../chat/tool-call.ts";
