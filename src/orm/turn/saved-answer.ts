import type { FoldedCall } from "../../chat/answer-fold.ts";
import { AnswerFold, joinText } from "../../chat/answer-fold.ts";
import { TextLog } from "../../shared/text-log.ts";
import type { MessageRow, ToolCallRow } from "../database/rows.ts";
import { decodeParts, encodeParts } from "../messages/message-parts.ts";
import { toChatToolCall } from "../messages/to-chat-message.ts";
import type { LogEntry } from "./log-entry.ts";

/** Folds what a row contains, with those of the calls that have a place in it. */
export function foldRow<Call extends FoldedCall>(
  row: MessageRow,
  calls: readonly Call[],
): AnswerFold<Call> {
  const content = row.content ?? "";
  const thinking = row.thinkingText ?? "";
  const ids = row.parts == null ? [] : calls.map((call) => call.toolCallId);
  const parts = decodeParts(row.parts, content, thinking, ids);
  const placed = new Set(parts.map(({ part }) => (part.type === "tool" ? part.toolCallId : "")));
  return new AnswerFold<Call>(() => new TextLog(), {
    status: "pending",
    content,
    thinking,
    parts: parts.map(({ part, signature }) =>
      part.type === "thinking" ? { ...part, signature } : part,
    ),
    toolCalls: calls.filter((call) => placed.has(call.toolCallId)),
  });
}

/**
 * Folds an answer as far as it was saved: its row, then the entries of its log. Tool calls without a place come last.
 *
 * @returns the columns of its row.
 */
export function savedAnswer(
  row: MessageRow,
  entries: readonly LogEntry[],
  toolCalls: readonly ToolCallRow[],
): { content: string | null; thinkingText: string | null; parts: string | null } {
  const calls = toolCalls.map(toChatToolCall);
  const fold = foldRow(row, calls);
  for (const entry of entries) {
    if (entry.kind === "text" || entry.kind === "thinking") fold.append(entry.kind, entry.text);
    else if (entry.kind === "tool") {
      const call = calls.find(({ toolCallId }) => toolCallId === entry.toolCallId);
      if (call !== undefined) fold.setToolCall(call);
    }
  }
  for (const call of calls) fold.setToolCall(call);
  return {
    content: joinText(fold.parts, "text") || null,
    thinkingText: joinText(fold.parts, "thinking") || null,
    parts: encodeParts(fold.parts),
  };
}
