import type { JsonValue } from "../../shared/json-value.ts";
import type { MessageRow } from "../database/rows.ts";

/** A message, as the methods of `Chat` return it. */
export interface MessageRecord extends MessageRow {
  /** What the answer says, as the `schema` of the chat made it; null without one, and for an answer that does not fit. */
  readonly parsed: JsonValue | null;
}

/** The row of a message, with what its answer says. */
export function toRecord(row: MessageRow): MessageRecord {
  const parsed: JsonValue | null = row.object == null ? null : JSON.parse(row.object);
  return { ...row, parsed };
}
