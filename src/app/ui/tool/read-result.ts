import type { JsonValue } from "node-llm-trpc/react";

/** What a tool returned: its objects and lists, where the text is the JSON of one; else the text. */
export function readResult(text: string): JsonValue {
  // A number or a quoted word is easier to read as it stands.
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    // JSON has no other values.
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}
