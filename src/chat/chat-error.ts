/** What went wrong, as a name that programs can rely on. */
export type ChatErrorCode =
  | "NOT_FOUND"
  | "CONFLICT"
  | "BAD_REQUEST"
  | "TOO_MANY_REQUESTS"
  | "SERVICE_UNAVAILABLE"
  | "CONFIGURATION"
  | "SCHEMA_MISMATCH"
  | "STREAM_INCOMPLETE"
  | "STREAM_STALLED";

/**
 * An error of this package. `message` says what happened and what to do, and never contains a
 * provider's text, a key or a stack; the original, where there is one, is in `cause` and is not
 * serialised.
 */
export class ChatError extends Error {
  override readonly name = "ChatError";
  readonly code: ChatErrorCode;

  constructor(code: ChatErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
