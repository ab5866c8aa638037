import type { JsonValue } from "../shared/json-value.ts";

/** What an app keeps with a chat or a message. */
export interface Metadata {
  readonly [key: string]: JsonValue;
}

/**
 * A chat without its messages, as the procedures return it: plain JSON.
 *
 * @typeParam Meta what the app keeps with a chat.
 */
export interface ChatSummary<Meta extends Metadata = Metadata> {
  /** The id of the chat. */
  readonly id: string;
  /** The title. Null while the chat has none. */
  readonly title: string | null;
  /** The model that answers unless `send` names another one. Null for the router's default model. */
  readonly model: string | null;
  /** The id of the provider. The router leaves it null; `node-llm-trpc/orm` may set it. */
  readonly provider: string | null;
  /** The instructions of this chat, which follow those of the router. Null when it has none. */
  readonly instructions: string | null;
  /** The sampling temperature, 0 to 2. Null for the router's, or else the model's own. */
  readonly temperature: number | null;
  /** The `metadata` that `create` or `update` was given. Null if there was none. */
  readonly metadata: Meta | null;
  /** The id of the answer in progress, for `stream` and `stop`. Null when there is none. */
  readonly activeMessageId: string | null;
  /**
   * Only in a `list` with `search`: an excerpt from the newest message that contains the text. Absent when the title
   * contains it.
   */
  readonly match?: string;
  /** When the chat was created, in ISO 8601. */
  readonly createdAt: string;
  /** When a message was last added, or the chat was last changed, in ISO 8601. */
  readonly updatedAt: string;
}
