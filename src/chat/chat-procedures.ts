import type { ChatEvent } from "./chat-event.ts";
import type { ChatAttachment, ChatMessage, JsonValue } from "./chat-message.ts";
import type { ChatNotice } from "./chat-notice.ts";
import type { ChatSummary } from "./chat-summary.ts";

/** One page of a list; `nextCursor` is null on the last one. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

/** A model that a client may choose. Prices are in US dollars for a million tokens; null when unknown. */
export interface ChatModel {
  readonly id: string;
  readonly isDefault: boolean;
  readonly inputPrice: number | null;
  readonly outputPrice: number | null;
}

/** What a chat has cost so far. `cost` is in US dollars, and null when no request had a known price. */
export interface ChatStats {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly total_tokens: number;
  readonly cost: number | null;
}

export interface UsageInput {
  /** ISO 8601; from the beginning by default. */
  readonly from?: string | undefined;
  /** ISO 8601, not included; until now by default. */
  readonly to?: string | undefined;
  readonly groupBy: "day" | "model" | "chat";
}

/** What the requests of a day (UTC), a model or a chat have cost. */
export interface UsageGroup {
  /** `2026-01-31`, the model, or the chat's id. */
  readonly key: string;
  /** The chat's title, for a chat. */
  readonly title: string | null;
  readonly requests: number;
  readonly errors: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** US dollars; null when no request had a known price. */
  readonly cost: number | null;
  /** Milliseconds of the requests that did not fail: the median, and what 95 of 100 stay below. */
  readonly p50: number | null;
  readonly p95: number | null;
}

export interface CreateChatInput {
  readonly model?: string | undefined;
  readonly instructions?: string | undefined;
  /** 0 to 2; the router's, or else the model's own, when it is left out. */
  readonly temperature?: number | undefined;
  readonly title?: string | undefined;
  readonly metadata?: { readonly [key: string]: JsonValue } | undefined;
}

export interface ListChatsInput {
  readonly cursor?: string | null | undefined;
  /** 1 to 100; 30 by default. */
  readonly limit?: number | undefined;
  /** Only chats that have this text in their title, or in a message of the active branch. */
  readonly search?: string | undefined;
}

export interface UpdateChatInput {
  readonly chatId: string;
  readonly title?: string | null | undefined;
  readonly model?: string | undefined;
  readonly instructions?: string | null | undefined;
  /** 0 to 2; null for the router's, or else the model's own. */
  readonly temperature?: number | null | undefined;
}

export interface ListMessagesInput {
  readonly chatId: string;
  readonly cursor?: string | null | undefined;
  /** 1 to 200; 50 by default. */
  readonly limit?: number | undefined;
}

export interface SendMessageInput {
  readonly chatId: string;
  readonly content: string;
  /** The client's UUID for the user message; makes a repeat harmless. */
  readonly id?: string | undefined;
  /** The message to follow; null starts a new first message. The head of the chat by default. */
  readonly parentId?: string | null | undefined;
  readonly attachments?: readonly ChatAttachment[] | undefined;
  readonly model?: string | undefined;
}

export interface SendMessageOutput {
  readonly userMessage: ChatMessage;
  readonly assistantMessage: ChatMessage;
}

export interface RegenerateInput {
  /** The answer to make again, or the user message to answer. */
  readonly messageId: string;
  readonly model?: string | undefined;
}

export interface RespondToToolInput {
  /** The answer that waits, and the call that it waits for. */
  readonly messageId: string;
  readonly toolCallId: string;
  /** True lets the tool run; false goes to the model as the result of the call. */
  readonly approved: boolean;
  /** Told to the model with a denial. */
  readonly reason?: string | undefined;
}

export interface StreamInput {
  readonly messageId: string;
  readonly lastEventId?: string | null | undefined;
}

/** An event with the id that resumes behind it. */
export interface TrackedEvent {
  readonly id: string;
  readonly data: ChatEvent;
}

export interface WatchInput {
  readonly chatId: string;
  readonly lastEventId?: string | null | undefined;
}

/** A notice with the id that resumes behind it. */
export interface TrackedNotice {
  readonly id: string;
  readonly data: ChatNotice;
}

/** Names, kinds, inputs and outputs of the procedures that the hooks use. */
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
