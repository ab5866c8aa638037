import type {
  ChatMessage,
  ChatMessageError,
  FinishReason,
  MessageRole,
  MessageStatus,
  MessageUsage,
} from "../../chat/chat-message.ts";
import type { ChatToolCall, LiveToolCall, ToolCallStatus } from "../../chat/tool-call.ts";
import { outputIsResult } from "../../chat/tool-call.ts";
import type { Metadata } from "../../chat/chat-summary.ts";
import { isPlainObject } from "../../shared/is-plain-object.ts";
import { parseForClients } from "../../shared/json-value.ts";
import { isInProgress } from "../../chat/chat-message.ts";
import { answerErrors, isAnswerErrorCode } from "../../chat/error-codes.ts";
import { argumentsJson } from "./tool-arguments.ts";
import { decodeParts } from "./stored-parts.ts";
import { attachmentsOf } from "../attachments/user-content.ts";
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
    attachments: attachmentsOf(row),
    toolCalls,
    usage: usageOf(row),
    model: row.modelId,
    provider: row.provider,
    finishReason: finishReasons.find((known) => known === row.finishReason) ?? null,
    metadata: toMetadata(row.metadata),
    object: row.object == null ? null : parseForClients(row.object),
    error: toError(row),
    siblings: { index: siblingIds.indexOf(row.id), count: siblingIds.length },
    siblingIds,
    createdAt: row.createdAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}

function toMetadata(stored: string | null | undefined): Metadata | null {
  const value = stored == null ? null : parseForClients(stored);
  return isPlainObject(value) ? value : null;
}

/** What an answer has used so far. */
export function usageOf(row: MessageRow): MessageUsage {
  const { inputTokens, outputTokens, cachedTokens = null, cost = null } = row;
  return { inputTokens, outputTokens, cachedTokens, cost };
}

/** A call without a result never gets one when its answer has ended: the process that ran the tool is gone. */
function toSettledCall(call: ToolCallRow, status: MessageStatus): ChatToolCall {
  const shown = toChatToolCall(call);
  const isUnended = shown.status === "running" || shown.status === "awaiting_output";
  return isUnended && !isInProgress(status) ? { ...shown, status: "error" } : shown;
}

/** A stored tool call as it goes over the wire. */
export function toChatToolCall(call: {
  toolCallId: string;
  name: string;
  arguments: string;
  result: string | null;
  status?: string | undefined;
  output?: string | null | undefined;
  progress?: string | null | undefined;
  revision?: number | undefined;
}): LiveToolCall {
  const { result, output, progress, revision = 0 } = call;
  const status = toToolStatus(call.status, result);
  const json = output === outputIsResult ? result : output;
  const returned = json == null ? result : parseForClients(json);
  return {
    toolCallId: call.toolCallId,
    name: call.name,
    arguments: parseForClients(argumentsJson(call.arguments)),
    output: status === "complete" ? returned : null,
    progress: progress == null ? null : parseForClients(progress),
    result,
    status,
    // What has ended does not change any more.
    ...(revision > 0 && result === null ? { revision } : {}),
  };
}

/** The status of a stored tool call; without one, it follows from the result. */
export function toToolStatus(status: string | undefined, result: string | null): ToolCallStatus {
  switch (status) {
    case "running":
    case "awaiting_approval":
    case "awaiting_output":
    case "error":
    case "denied":
      return status;
    default:
      return result === null ? "running" : "complete";
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
  "awaiting_output",
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
