import type { ChatEvent } from "./chat-event.ts";
import type { ChatAttachment, ChatMessage, DataPart, WithObject } from "./chat-message.ts";
import type { JsonValue } from "../shared/json-value.ts";
import type { ChatNotice } from "./chat-notice.ts";
import type { ChatSummary, Metadata } from "./chat-summary.ts";
import type { ChatToolCall } from "./tool-call.ts";

/** A page of a list. */
export interface Page<Item> {
  /** The items of this page. */
  readonly items: readonly Item[];
  /** The `cursor` of the next page. Null on the last page. */
  readonly nextCursor: string | null;
}

/** A model that a client may choose, from `models`. */
export interface ChatModel {
  /** The name of the model, for `model` in `create`, `update`, `send` and `regenerate`. */
  readonly id: string;
  /** Whether new chats get this model. */
  readonly isDefault: boolean;
  /** US dollars per million input tokens. Null when unknown. */
  readonly inputPrice: number | null;
  /** US dollars per million output tokens. Null when unknown. */
  readonly outputPrice: number | null;
}

/** What a chat has used so far, from `stats`. The names are those of NodeLLM's `Usage`. */
export interface ChatStats {
  /** Tokens that the models read. */
  readonly input_tokens: number;
  /** Tokens that the models wrote. */
  readonly output_tokens: number;
  /** Both together. */
  readonly total_tokens: number;
  /** How many of the input tokens came from a provider's cache. Undefined when no request reported it. */
  readonly cached_tokens?: number | undefined;
  /** US dollars, for the requests with a known price. Null when there is none. */
  readonly cost: number | null;
}

/** The input of `usage`. */
export interface UsageInput {
  /**
   * Counts requests from this time on, in ISO 8601 with a time zone.
   * @default the first request
   */
  readonly from?: string | undefined;
  /**
   * Counts requests before this time, in ISO 8601 with a time zone.
   * @default now
   */
  readonly to?: string | undefined;
  /**
   * What the requests of a group have in common: their day in UTC, their model, their chat, or the scope that pays for
   * them.
   */
  readonly groupBy: "day" | "model" | "chat" | "scope";
}

/** The requests to providers of one day, model, chat or scope, from `usage`. */
export interface UsageGroup {
  /**
   * The day as in `2026-01-31`, the name of the model, the id of the chat, or the scope as JSON: `{"userId":"u1"}`. The
   * key of calls outside of a router is empty.
   */
  readonly key: string;
  /** The title of the chat. Null for any other group, a chat without a title, and one that was deleted. */
  readonly title: string | null;
  /** How many requests there were. */
  readonly requests: number;
  /** How many of them failed. A stopped request did not fail. */
  readonly errors: number;
  /** Tokens that the models read. */
  readonly inputTokens: number;
  /** Tokens that the models wrote. */
  readonly outputTokens: number;
  /** How many of the input tokens came from a provider's cache. Null when no request reported it. */
  readonly cachedTokens: number | null;
  /** US dollars, for the requests with a known price. Null when there is none. */
  readonly cost: number | null;
  /** The median duration of the successful requests, in milliseconds. Null when there is none. */
  readonly p50: number | null;
  /** The 95th percentile of their duration, in milliseconds. Null when there is none. */
  readonly p95: number | null;
}

/** The input of `create`. */
export interface CreateChatInput<Meta extends Metadata = Metadata> {
  /**
   * The model that answers in this chat, one of `models`.
   * @default the router's default model
   */
  readonly model?: string | undefined;
  /**
   * Instructions for this chat, after those of the router. Refused unless the router has the option
   * `clientInstructions: "append"`.
   * @default none
   */
  readonly instructions?: string | undefined;
  /**
   * The sampling temperature, 0 to 2.
   * @default the router's `temperature`, or else the model's own
   */
  readonly temperature?: number | undefined;
  /**
   * The title. A title that you set is never replaced by a generated one.
   * @default the first line of the first message
   */
  readonly title?: string | undefined;
  /** Anything that your app wants to keep with the chat. */
  readonly metadata?: Meta | undefined;
}

/** The input of `list`. */
export interface ListChatsInput {
  /** The `nextCursor` of the page before. Null or absent for the first page. */
  readonly cursor?: string | null | undefined;
  /**
   * Chats per page, 1 to 100.
   * @default 30
   */
  readonly limit?: number | undefined;
  /** Lists only chats that contain this text in their title or in a message of their active branch. */
  readonly search?: string | undefined;
}

/** The input of `update`. What you leave out stays as it is. */
export interface UpdateChatInput<Meta extends Metadata = Metadata> {
  /** The chat to change. */
  readonly chatId: string;
  /** The new title; null removes it. A title that you set is never replaced by a generated one. */
  readonly title?: string | null | undefined;
  /** The model that answers in this chat from now on, one of `models`. */
  readonly model?: string | undefined;
  /**
   * The new instructions for this chat, after those of the router; null removes them. Refused unless the router has the
   * option `clientInstructions: "append"`.
   */
  readonly instructions?: string | null | undefined;
  /** The new sampling temperature, 0 to 2; null goes back to the router's, or else the model's own. */
  readonly temperature?: number | null | undefined;
  /** What your app keeps with the chat from now on: all of it, not only what has changed. */
  readonly metadata?: Meta | undefined;
}

/** The input of `messages`. */
export interface ListMessagesInput {
  /** The chat to read. */
  readonly chatId: string;
  /** The `nextCursor` of the page with newer messages. Null or absent for the newest page. */
  readonly cursor?: string | null | undefined;
  /**
   * Messages per page, 1 to 200.
   * @default 50
   */
  readonly limit?: number | undefined;
}

/** A file to send. */
export interface NewAttachment {
  /** The name of the file; null for none. */
  readonly name: string | null;
  /** The media type, which is ignored: the one in `url` counts, and the bytes are compared with it. */
  readonly mediaType: string;
  /** The file itself, as a `data:` URL. */
  readonly url: string;
}

/** A file of a message that is sent: a new one, or an attachment that the chat already has. */
export type AttachmentInput = NewAttachment | Pick<ChatAttachment, "id">;

/** The input of `send`. */
export interface SendMessageInput<Meta extends Metadata = Metadata> {
  /** The chat to send to. Left out with `newChat`. */
  readonly chatId?: string | undefined;
  /**
   * Makes a chat for the message, instead of `chatId`: with the fields of `create`, or `{}`. The chat and its messages are
   * committed together, so a message that is refused leaves no chat.
   */
  readonly newChat?: CreateChatInput<Meta> | undefined;
  /** The text of the user message. It may be empty if there are attachments. */
  readonly content: string;
  /**
   * A UUID for the user message. Sending again with the same id returns the messages of the first call, so a retry is
   * safe.
   * @default a new UUID
   */
  readonly id?: string | undefined;
  /**
   * The message to follow. If it is not the newest one, a new branch begins there; null begins one with a first
   * message.
   * @default the newest message of the active branch
   */
  readonly parentId?: string | null | undefined;
  /**
   * Files to send with the message: images, PDF files, text or JSON, unless the router's `limits.mediaTypes` says
   * otherwise. An attachment of an earlier message of the chat is sent again by its `id`.
   */
  readonly attachments?: readonly AttachmentInput[] | undefined;
  /**
   * The model that answers this message, one of `models`.
   * @default the model of the chat
   */
  readonly model?: string | undefined;
  /** Anything that your app wants to keep with the user message. The model never gets it. */
  readonly metadata?: Meta | undefined;
}

/** The output of `send`. */
export interface SendMessageOutput<
  Call extends ChatToolCall = ChatToolCall,
  Data extends DataPart = DataPart,
  Meta extends Metadata = Metadata,
  Message extends WithObject = ChatMessage<Call, Data, Meta>,
> {
  /** The chat that was made for the message. Only with `newChat`. */
  readonly chat?: ChatSummary<Meta>;
  /** The saved user message. */
  readonly userMessage: Message;
  /** The answer, still empty. Read it with `stream`. */
  readonly assistantMessage: Message;
}

/** The input of `attachment`. */
export interface AttachmentQuery {
  /** The `id` of an attachment of a message. */
  readonly attachmentId: string;
}

/** The output of `attachment`. */
export interface AttachmentContent {
  /** The media type, such as `image/png`. */
  readonly mediaType: string;
  /** The bytes in base64: `data:${mediaType};base64,${data}` is an address for an `<img>`. */
  readonly data: string;
}

/** The input of `regenerate`. */
export interface RegenerateInput {
  /** An answer that you want another version of, or a user message to answer again. */
  readonly messageId: string;
  /**
   * The model that answers, one of `models`.
   * @default the model of the chat
   */
  readonly model?: string | undefined;
}

/** A decision about a tool call. */
export interface ToolApproval {
  /** Whether the tool may run. A denial is what the model gets as the result of the call. */
  readonly approved: boolean;
  /** Why you deny the call. The model is told. */
  readonly reason?: string | undefined;
  readonly output?: undefined;
}

/**
 * What a tool has returned that the page runs.
 *
 * @typeParam Output what the tools of the router return.
 */
export interface ToolOutput<Output = JsonValue> {
  /** The value, which the `outputSchema` of the tool checks. */
  readonly output: Output;
  readonly approved?: undefined;
}

/** The input of `respondToTool`. */
export type RespondToToolInput = {
  /** The answer that waits. */
  readonly messageId: string;
  /** The tool call to approve or deny, or to bring the output of. */
  readonly toolCallId: string;
} & (ToolApproval | ToolOutput);

/** The input of `stream`. */
export interface StreamInput {
  /** The answer to read. */
  readonly messageId: string;
  /** The id of the event to resume after. tRPC sends it automatically when it reconnects. */
  readonly lastEventId?: string | null | undefined;
}

/** A tracked event of `stream`. */
export interface TrackedEvent<
  Call extends ChatToolCall = ChatToolCall,
  Data extends DataPart = DataPart,
  Meta extends Metadata = Metadata,
  Message extends WithObject = ChatMessage<Call, Data, Meta>,
> {
  /** Pass it as `lastEventId` to resume after this event. */
  readonly id: string;
  /** The event itself. */
  readonly data: ChatEvent<Call, Data, Meta, Message>;
}

/** The input of `watch`. */
export interface WatchInput {
  /** The chat to watch. */
  readonly chatId: string;
  /** The id of the notice to resume after. tRPC sends it automatically when it reconnects. */
  readonly lastEventId?: string | null | undefined;
}

/** A tracked event of `watch`. */
export interface TrackedNotice {
  /** Pass it as `lastEventId` to resume after this notice. */
  readonly id: string;
  /** The notice itself. */
  readonly data: ChatNotice;
}

/** The procedures that the hooks require of a tRPC client. */
export interface ChatProcedures {
  create: { kind: "mutation"; input: CreateChatInput; output: ChatSummary };
  list: { kind: "query"; input: ListChatsInput; output: Page<ChatSummary> };
  get: { kind: "query"; input: { readonly chatId: string }; output: ChatSummary };
  update: { kind: "mutation"; input: UpdateChatInput; output: ChatSummary };
  delete: {
    kind: "mutation";
    input: { readonly chatId: string };
    output: { readonly deleted: true };
  };
  messages: { kind: "query"; input: ListMessagesInput; output: Page<ChatMessage> };
  send: { kind: "mutation"; input: SendMessageInput; output: SendMessageOutput };
  regenerate: {
    kind: "mutation";
    input: RegenerateInput;
    output: { readonly assistantMessage: ChatMessage };
  };
  selectBranch: {
    kind: "mutation";
    input: { readonly messageId: string };
    output: { readonly chatId: string };
  };
  stop: {
    kind: "mutation";
    input: { readonly messageId: string };
    output: { readonly stopped: boolean };
  };
  respondToTool: {
    kind: "mutation";
    input: RespondToToolInput;
    output: { readonly assistantMessage: ChatMessage };
  };
  attachment: { kind: "query"; input: AttachmentQuery; output: AttachmentContent };
  stats: { kind: "query"; input: { readonly chatId: string }; output: ChatStats };
  usage: {
    kind: "query";
    input: UsageInput;
    output: { readonly groups: readonly UsageGroup[] };
  };
  models: { kind: "query"; input: void; output: readonly ChatModel[] };
  stream: { kind: "subscription"; input: StreamInput; output: TrackedEvent };
  watch: { kind: "subscription"; input: WatchInput; output: TrackedNotice };
}
