import type { ChatMessage } from "../../chat/chat-message.ts";
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

/** The code that the server gave; null when it gave none, so was perhaps not reached. */
export function serverCode(error: unknown): string | null {
  const code = readField(readField(error, "data"), "code");
  return typeof code === "string" ? code : null;
}

/** True when the server has answered, and will answer the same again. */
export function isFinalError(error: unknown): boolean {
  const status = Number(readField(readField(error, "data"), "httpStatus"));
  // Of the refusals these may go away: a timeout, a conflict, too many requests, a request that was given up.
  return status < 500 && ![408, 409, 429, 499].includes(status);
}

export function toChatHookError(error: unknown): ChatHookError {
  if (error instanceof ChatHookError) return error;
  const code = serverCode(error);
  const text = code
    ? String(readField(error, "message"))
    : "The server could not be reached. Check the connection and try again.";
  return new ChatHookError(code ?? "NETWORK", text, !isFinalError(error), error);
}

/** The error of an answer that ended badly; null for any other. */
export function answerError({ error }: ChatMessage): ChatHookError | null {
  return error && new ChatHookError(error.code, error.message, error.retryable);
}
