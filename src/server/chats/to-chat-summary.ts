import type { JsonValue } from "../../shared/json-value.ts";
import type { ChatSummary } from "../../chat/chat-summary.ts";
import type { ChatRow } from "../../orm/database/rows.ts";

/** @param activeMessageId the answer in progress; null when there is none, or the caller does not need it. */
export function toChatSummary(row: ChatRow, activeMessageId: string | null): ChatSummary {
  return {
    id: row.id,
    title: row.title ?? null,
    model: row.model,
    provider: row.provider,
    instructions: row.instructions,
    temperature: row.temperature ?? null,
    // A column of the type Json holds JSON.
    metadata: (row.metadata ?? null) as JsonValue,
    activeMessageId,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}
