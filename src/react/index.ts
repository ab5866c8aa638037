"use client";

export { createChatHooks } from "./create-chat-hooks.ts";
export type { ChatHooks, ChatHooksOptions, ToolCallOf } from "./create-chat-hooks.ts";
export { messageParts } from "./message-parts.ts";
export type { MessagePartOf } from "./message-parts.ts";
export { ChatHookError } from "./connection/chat-hook-error.ts";
export type { ChatHookErrorCode } from "./connection/chat-hook-error.ts";
export type { ChatCallbacks } from "./use-callbacks.ts";
export type { ChatStatus, UseChatOptions, UseChatResult } from "./use-chat.ts";
export type { UseChatListOptions, UseChatListResult } from "./use-chat-list.ts";
export type { ShownAttachment, UseAttachmentResult } from "./use-attachment.ts";
export type { UseUsageOptions, UseUsageResult } from "./use-usage.ts";
export type {
  ChatActionResult,
  RegenerateResult,
  SendResult,
} from "./session/chat-action-result.ts";
export type { RegenerateOptions } from "./session/chat-session.ts";
export type { DraftAttachment, MessageDraft } from "./session/message-draft.ts";
export type { OnToolCall, PageToolOutput, PageToolRun } from "./page-tools.ts";
export type { OutputOf, ToolResponse, ToolResponseResult } from "./session/respond-to-tool.ts";
export type {
  ChatClient,
  StreamHandlers,
  Subscription,
  SubscriptionHandlers,
  SubscriptionState,
  WatchHandlers,
} from "./connection/chat-client.ts";
export type { ChatConnection } from "./connection/reconnecting-subscription.ts";
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
export type { AnswerErrorCode } from "../chat/error-codes.ts";
export type { ChatSummary, Metadata } from "../chat/chat-summary.ts";
export type {
  AttachmentContent,
  CreateChatInput,
  NewAttachment,
  Page,
  SendMessageOutput,
  ToolApproval,
  ToolOutput,
  UsageGroup,
} from "../chat/chat-procedures.ts";
export type { ToolTypes, UntypedTool, UntypedToolName } from "../chat/tool-call.ts";
