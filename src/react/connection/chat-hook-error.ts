import type { ChatMessage } from "../../chat/chat-message.ts";
import type { AnswerErrorCode } from "../../chat/error-codes.ts";
import { readField } from "./read-field.ts";

/**
 * Why an action or an answer failed, as a code that your program can compare:
 *
 * - `NETWORK` when the server could not be reached
 * - the tRPC error code of a refused request, such as `CONFLICT` or `UNAUTHORIZED`
 * - the `AnswerErrorCode` of a failed answer, such as `RATE_LIMITED` or `INTERRUPTED`
 * - `CONFIGURATION` when the client and the server do not fit together: `docs/errors.md` has each case
 */
export type ChatHookErrorCode =
  | "NETWORK"
  | "NOT_FOUND"
  | "CONFLICT"
  | "BAD_REQUEST"
  | "UNAUTHORIZED"
  | "FORBIDDEN"
  | "TOO_MANY_REQUESTS"
  | "SERVICE_UNAVAILABLE"
  | "INTERNAL_SERVER_ERROR"
  | AnswerErrorCode
  // Any other tRPC code, which the app's own middlewares may use.
  | (string & {});

/**
 * The error of every hook: why an action was refused, a request failed or an answer ended badly.
 *
 * `message` is safe to show to users. `cause` is the original error of the tRPC client, if there is one.
 */
export class ChatHookError extends Error {
  override readonly name = "ChatHookError";
  /** Tells errors apart, whatever the language of their messages. */
  declare readonly code: ChatHookErrorCode;
  /** Whether the same action may succeed later. */
  declare readonly retryable: boolean;
  /**
   * When the action may succeed, in ISO 8601, if a limit or a budget has refused it; undefined when nobody knows. It is
   * in the message, too.
   */
  declare readonly retryAt: string | undefined;

  constructor(code: ChatHookErrorCode, message: string, retryable = false, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.retryable = retryable;
    this.retryAt = /20\S+Z/.exec(message)?.[0];
  }
}

/** Returns the tRPC error code; null when there is none, so the request may not have reached the server. */
export function serverCode(error: unknown): string | null {
  const code = readField(readField(error, "data"), "code");
  return code ? String(code) : null;
}

const reported = new Map<string, ChatHookError>();

/** Returns the same error for the same message, after one line on the console. Without a cause it may pass. */
export function setupError(text: string, cause?: unknown): ChatHookError {
  let error = reported.get(text);
  if (!error) {
    const message = `${text}. See docs/errors.md`;
    // oxlint-disable-next-line no-console -- who sets the app up looks there first
    console.warn(message);
    error = new ChatHookError(cause ? "CONFIGURATION" : "NETWORK", message, !cause, cause);
    reported.set(text, error);
  }
  return error;
}

/** The server has replied with something else than its types say. */
export function unreadable(cause: unknown): ChatHookError {
  return setupError("Unreadable reply: no transformer, or two copies of tRPC", cause);
}

/** Turns whatever a tRPC client has thrown into the error of the hooks. */
export function toChatHookError(error: unknown): ChatHookError {
  if (error instanceof ChatHookError) return error;
  const code = serverCode(error);
  const message = String(readField(error, "message") ?? "");
  if (code) {
    if (/procedure.* on path/.test(message)) {
      return setupError(message, error);
    }
    const status = Number(readField(readField(error, "data"), "httpStatus"));
    // These may pass: timeout, conflict, too many requests, client closed the request.
    const mayPass = !(status < 500) || [408, 409, 429, 499].includes(status);
    return new ChatHookError(code, message, mayPass, error);
  }
  // What tRPC and the browsers say of a reply in another form; a broken connection is none of these.
  if (/transform|iterable|undefined|null/.test(message)) return unreadable(error);
  return new ChatHookError(
    "NETWORK",
    "The server could not be reached. Check your connection.",
    true,
    error,
  );
}

/** Returns why an answer failed; null when it did not. */
export function answerError({ error }: ChatMessage): ChatHookError | null {
  return error && new ChatHookError(error.code, error.message, error.retryable);
}
