import { z } from "zod/v4";
import type { ChatEvent } from "../chat/chat-event.ts";
import type {
  ChatAttachment,
  ChatMessage,
  ChatMessageError,
  DataPart,
  FinishReason,
  MessagePart,
  MessageRole,
  MessageStatus,
  MessageUsage,
} from "../chat/chat-message.ts";
import { isAnswerErrorCode } from "../chat/error-codes.ts";
import type { AnswerErrorCode } from "../chat/error-codes.ts";
import type { LiveToolCall, ToolCallStatus } from "../chat/tool-call.ts";
import { isTooDeep } from "../shared/json-value.ts";
import type { JsonValue } from "../shared/json-value.ts";

// Readers and pages rely on the shape of every event, and any program with access to the Redis server could write to it.

/** A value that `JSON.parse` has made is JSON, but may exhaust the stack of who writes it again. */
const json = z.custom<JsonValue>((value) => value !== undefined && !isTooDeep(value));
const text = z.string();
const place = z.int().nonnegative();
const amount = z.number().nonnegative();
/** Rises with each change of what it belongs to. */
const revision = amount.optional();

/** One of the keys. That each type has all of its values is checked by the compiler. */
const oneOf = <Key extends string>(keys: Readonly<Record<Key, true>>) => {
  const names = Object.keys(keys);
  return z.custom<Key>((value) => typeof value === "string" && names.includes(value));
};

const role = oneOf<MessageRole>({ user: true, assistant: true, system: true, tool: true });
const status = oneOf<MessageStatus>({
  pending: true,
  streaming: true,
  awaiting_approval: true,
  awaiting_output: true,
  complete: true,
  stopped: true,
  failed: true,
  interrupted: true,
});
const finishReason = oneOf<FinishReason>({
  stop: true,
  length: true,
  content_filter: true,
  refusal: true,
  tool_calls: true,
  other: true,
});
const callStatus = oneOf<ToolCallStatus>({
  writing: true,
  running: true,
  awaiting_approval: true,
  awaiting_output: true,
  complete: true,
  error: true,
  denied: true,
});

const toolCall = z.object({
  toolCallId: text,
  name: text,
  arguments: json,
  output: json,
  progress: json,
  result: text.nullable(),
  status: callStatus,
  revision,
}) satisfies z.ZodType<LiveToolCall>;

const data = z.object({
  type: z.literal("data"),
  name: text,
  id: text,
  data: json,
  revision,
}) satisfies z.ZodType<DataPart>;

const part = z.discriminatedUnion("type", [
  data,
  z.object({ type: z.literal("text"), text }),
  z.object({ type: z.literal("thinking"), text }),
  z.object({ type: z.literal("tool"), toolCallId: text }),
]) satisfies z.ZodType<MessagePart>;

const attachment = z.object({
  id: text,
  name: text.nullable(),
  mediaType: text,
  size: amount,
  url: text.nullable(),
}) satisfies z.ZodType<ChatAttachment>;

const usage = z.object({
  inputTokens: amount.nullable(),
  outputTokens: amount.nullable(),
  cachedTokens: amount.nullable(),
  cost: amount.nullable(),
}) satisfies z.ZodType<MessageUsage>;

const error = z.object({
  code: z.custom<AnswerErrorCode>((value) => typeof value === "string" && isAnswerErrorCode(value)),
  message: text,
  retryable: z.boolean(),
}) satisfies z.ZodType<ChatMessageError>;

const message = z.object({
  id: text,
  chatId: text,
  parentId: text.nullable(),
  role,
  status,
  content: text,
  parts: z.array(part),
  thinking: text.nullable(),
  attachments: z.array(attachment),
  toolCalls: z.array(toolCall),
  usage,
  model: text.nullable(),
  provider: text.nullable(),
  finishReason: finishReason.nullable(),
  metadata: z.record(text, json).nullable(),
  object: json,
  error: error.nullable(),
  siblings: z.object({ index: z.int(), count: place }),
  siblingIds: z.array(text),
  createdAt: text,
  finishedAt: text.nullable(),
}) satisfies z.ZodType<ChatMessage>;

/** The validator of an event. */
export const chatEvent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("text"), at: place, text }),
  z.object({ type: z.literal("thinking"), at: place, text }),
  z.object({ type: z.literal("tool"), toolCall }),
  z.object({ type: z.literal("data"), part: data }),
  z.object({ type: z.literal("object"), object: json }),
  z.object({ type: z.literal("snapshot"), message }),
  z.object({ type: z.literal("done"), message }),
]) satisfies z.ZodType<ChatEvent>;
