import type { ContentPart } from "@node-llm/core";
import type { MessageRow } from "../database/rows.ts";

/** What the user sent: the text, or the content parts of a message with attachments. */
export function userContent(
  row: Pick<MessageRow, "content" | "contentRaw">,
): string | ContentPart[] {
  if (row.contentRaw === null) return row.content ?? "";
  try {
    const parts: unknown = JSON.parse(row.contentRaw);
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
