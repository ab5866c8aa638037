import type { JsonValue } from "./chat-message.ts";

/** A chat as it goes over the wire: JSON only, dates as ISO 8601 strings. */
export interface ChatSummary {
  readonly id: string;
  readonly title: string | null;
  readonly model: string | null;
  readonly provider: string | null;
  readonly instructions: string | null;
  /** 0 to 2; null for the router's, or else the model's own. */
  readonly temperature: number | null;
  readonly metadata: JsonValue;
  /** The answer in progress; null when there is none. */
  readonly activeMessageId: string | null;
  /** In a list that was searched: what stands around the text in the messages. Absent when the title has it. */
  readonly match?: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}
