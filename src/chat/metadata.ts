import type { JsonValue } from "../shared/json-value.ts";

/** What an app keeps with a chat or a message. */
export interface Metadata {
  readonly [key: string]: JsonValue;
}
