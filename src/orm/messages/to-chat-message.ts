import type { ContentPart } from "@node-llm/core";
import type {
  ChatAttachment,
  ChatMessage,
  ChatMessageError,
  FinishReason,
  MessageRole,
  MessageStatus,
  MessageUsage,
} from "../../chat/chat-message.ts";
import type { ChatToolCall, ToolCallStatus } from "../../chat/tool-call.ts";
import type { JsonValue } from "../../shared/json-value.ts";
import { isInProgress } from "../../chat/chat-message.ts";
import { answerErrors, isAnswerErrorCode } from "../../chat/error-codes.ts";
import { argumentsJson } from "./tool-arguments.ts";
import { decodeParts } from "./stored-parts.ts";
import { mergeNeighbors } from "./signed-fold.ts";
import type { MessageRow, ToolCallRow } from "../database/rows.ts";

/** What belongs to a message and is not in its row. */
export interface MessageExtras {
  readonly toolCalls?: readonly ToolCallRow[];
  /** Ids of the messages with the same parent, in order, including this one; by default, this one alone. */
  readonly siblingIds?: readonly string[];
}

/** A stored message as it goes over the wire. */
export function toChatMessage(row: MessageRow, extras: MessageExtras = {}): ChatMessage {
  const status = toStatus(row.status);
  const toolCalls = (extras.toolCalls ?? []).map((call) => toSettledCall(call, status));
  const ids = toolCalls.map((call) => call.toolCallId);
  const thinking = row.thinkingText ?? row.reasoning;
  const parts = decodeParts(row.parts, row.content ?? "", thinking ?? "", ids);
  const attachments = toAttachments(userContent(row), row.content ?? "");
  const siblingIds = extras.siblingIds ?? [row.id];
  return {
    id: row.id,
    chatId: row.chatId,
    parentId: row.parentId ?? null,
    role: toRole(row.role),
    status,
    content: row.content ?? "",
    parts: mergeNeighbors(parts.map(({ part }) => part)),
    thinking,
    attachments,
    toolCalls,
    usage: usageOf(row),
    model: row.modelId,
    provider: row.provider,
    finishReason: finishReasons.find((known) => known === row.finishReason) ?? null,
    error: toError(row),
    siblings: { index: siblingIds.indexOf(row.id), count: siblingIds.length },
    siblingIds,
    createdAt: row.createdAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}

/** What an answer has used so far. */
export function usageOf(row: MessageRow): MessageUsage {
  const { inputTokens, outputTokens, cachedTokens = null, cost = null } = row;
  return { inputTokens, outputTokens, cachedTokens, cost };
}

/** A call without a result never gets one when its answer has ended: the process that ran the tool is gone. */
function toSettledCall(call: ToolCallRow, status: MessageStatus): ChatToolCall {
  const shown = toChatToolCall(call);
  return shown.status === "running" && !isInProgress(status)
    ? { ...shown, status: "error" }
    : shown;
}

/** A stored tool call as it goes over the wire. */
export function toChatToolCall(call: {
  toolCallId: string;
  name: string;
  arguments: string;
  result: string | null;
  status?: string | undefined;
  output?: string | null | undefined;
}): ChatToolCall {
  const { result, output } = call;
  const status = toToolStatus(call.status, result);
  const returned = output == null ? result : parseOrText(output);
  return {
    toolCallId: call.toolCallId,
    name: call.name,
    arguments: parseOrText(argumentsJson(call.arguments)),
    output: status === "complete" ? returned : null,
    result,
    status,
  };
}

/** The status of a stored tool call; without one, it follows from the result. */
export function toToolStatus(status: string | undefined, result: string | null): ToolCallStatus {
  switch (status) {
    case "running":
    case "awaiting_approval":
    case "error":
    case "denied":
      return status;
    default:
      return result === null ? "running" : "complete";
  }
}

function parseOrText(text: string): JsonValue {
  try {
    const json: JsonValue = JSON.parse(text);
    return json;
  } catch {
    return text;
  }
}

function toError({ status, errorCode }: MessageRow): ChatMessageError | null {
  const code = status === "interrupted" ? "INTERRUPTED" : (errorCode ?? null);
  if (code === null && status !== "failed") return null;
  const known = code !== null && isAnswerErrorCode(code) ? code : "INTERNAL";
  return { code: known, ...answerErrors[known] };
}

const finishReasons: readonly FinishReason[] = [
  "stop",
  "length",
  "content_filter",
  "refusal",
  "tool_calls",
  "other",
];
const roles: readonly MessageRole[] = ["user", "assistant", "system", "tool"];
const statuses: readonly MessageStatus[] = [
  "pending",
  "streaming",
  "awaiting_approval",
  "complete",
  "stopped",
  "failed",
  "interrupted",
];

function toRole(role: string): MessageRole {
  return roles.find((known) => known === role) ?? "assistant";
}

function toStatus(status: string | undefined): MessageStatus {
  return statuses.find((known) => known === status) ?? "complete";
}

/** A text file is stored as a text part that starts with the file's name, after the part that the user has written. */
const namedText = /^([^\n]{1,300}):\n([^]*)$/;

function toAttachments(content: string | ContentPart[], written: string): ChatAttachment[] {
  if (typeof content === "string") return [];
  return content.flatMap((part, index): ChatAttachment[] => {
    if (part.type === "text") {
      const [, name, text = ""] = namedText.exec(part.text) ?? [];
      if (name === undefined || (index === 0 && part.text === written)) return [];
      const url = `data:text/plain;base64,${Buffer.from(text).toString("base64")}`;
      return [{ name, mediaType: "text/plain", url }];
    }
    if (part.type !== "image_url" || !part.image_url.url.startsWith("data:")) return [];
    const mediaType = /^data:([^;,]*)/.exec(part.image_url.url)?.[1] ?? "";
    return [{ name: null, mediaType, url: part.image_url.url }];
  });
}

/** What the user sent: the text, or the content parts of a message with attachments. */
export function userContent(
  row: Pick<MessageRow, "content" | "contentRaw">,
): string | ContentPart[] {
  if (row.contentRaw === null) return row.content ?? "";
  try {
    const parts: unknown = JSON.parse(row.contentRaw);
    // A text with text files in it: the column `content` has what the user wrote.
    if (typeof parts === "string") return parts;
    // This package writes content parts here. Another writer's payload cannot be replayed, so its text is used.
    if (Array.isArray(parts) && parts.every(isContentPart)) {
      const full = parts.filter((part) => part.type !== "text" || part.text.trim() !== "");
      if (full.length > 0) return full;
    }
  } catch {
    // Not JSON, so another writer's payload.
  }
  return row.content ?? "";
}

function isContentPart(part: unknown): part is ContentPart {
  if (typeof part !== "object" || part === null || !("type" in part)) return false;
  if (part.type === "text") return "text" in part && typeof part.text === "string";
  if (part.type !== "image_url") return typeof part.type === "string" && part.type in part;
  // Core's providers read the URL without checking that it is there.
  const image: unknown = "image_url" in part ? part.image_url : null;
  return (
    typeof image === "object" && image !== null && "url" in image && typeof image.url === "string"
  );
}
