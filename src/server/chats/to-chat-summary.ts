import type { ChatSummary, Metadata } from "../../chat/chat-summary.ts";
import { withSafeKeys } from "../../shared/json-value.ts";
import { isPlainObject } from "../../shared/is-plain-object.ts";
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
    metadata: toMetadata(row.metadata),
    activeMessageId,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

/** A column of the type Json holds JSON. The app may have written something else than an object. */
function toMetadata(stored: unknown): Metadata | null {
  const metadata = isMetadata(stored) ? withSafeKeys(stored) : null;
  return isPlainObject(metadata) ? metadata : null;
}

function isMetadata(value: unknown): value is Metadata {
  return isPlainObject(value);
}
