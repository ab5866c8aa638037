import type { ChatMessage } from "../chat/chat-message.ts";
import { readField } from "./read-field.ts";

/**
 * What a program can tell apart: tRPC's codes, `NETWORK` when the server was not reached, and the
 * code of a failed answer.
 */
export type ChatHookErrorCode =
  | "NETWORK"
  | "NOT_FOUND"
  | "CONFLICT"
  | "BAD_REQUEST"
  | "UNAUTHORIZED"
  | "FORBIDDEN"
  | "TOO_MANY_REQUESTS"
  | "INTERNAL_SERVER_ERROR"
  | "INTERRUPTED"
  | (string & {});

/** Why an action or an answer failed. `message` is safe to show; `cause` is the original. */
export class ChatHookError extends Error {
  override readonly name = "ChatHookError";
  readonly code: ChatHookErrorCode;
  /** True when the same action may succeed later. */
  readonly retryable: boolean;

  constructor(code: ChatHookErrorCode, message: string, retryable: boolean, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.retryable = retryable;
  }
}

const passing: ReadonlySet<string> = new Set([
  "CONFLICT",
  "TOO_MANY_REQUESTS",
  "TIMEOUT",
  "CLIENT_CLOSED_REQUEST",
  "INTERNAL_SERVER_ERROR",
  "BAD_GATEWAY",
  "SERVICE_UNAVAILABLE",
  "GATEWAY_TIMEOUT",
]);

/** The code that the server gave; null when it gave none, so was perhaps not reached. */
export function serverCode(error: unknown): string | null {
  const code = readField(readField(error, "data"), "code");
  return typeof code === "string" ? code : null;
}

/** True when the server has answered, and will answer the same again. */
export function isFinalError(error: unknown): boolean {
  const code = serverCode(error);
  return code !== null && !passing.has(code);
}

export function toChatHookError(error: unknown): ChatHookError {
  if (error instanceof ChatHookError) return error;
  const code = serverCode(error);
  if (code === null) {
    return new ChatHookError(
      "NETWORK",
      "The server could not be reached. Check the connection and try again.",
      true,
      error,
    );
  }
  const text = error instanceof Error ? readable(error.message) : code;
  return new ChatHookError(code, text, passing.has(code), error);
}

/** The error of an answer that ended badly; null for any other. */
export function answerError(message: ChatMessage): ChatHookError | null {
  if (message.status !== "failed" && message.status !== "interrupted") return null;
  if (message.error !== null) {
    const { code, message: text, retryable } = message.error;
    return new ChatHookError(code, text, retryable);
  }
  return message.status === "interrupted"
    ? new ChatHookError("INTERRUPTED", "The answer was interrupted.", true)
    : new ChatHookError("FAILED", "The answer could not be completed.", true);
}

/** Without an error formatter, tRPC puts the validator's list of issues into the message, as JSON. */
function readable(message: string): string {
  if (!message.startsWith("[")) return message;
  try {
    const issues: unknown = JSON.parse(message);
    if (!Array.isArray(issues)) return message;
    const texts = issues
      .map((issue: unknown) => readField(issue, "message"))
      .filter((text) => typeof text === "string");
    return texts.length === 0 ? message : texts.join("; ");
  } catch {
    return message;
  }
}
