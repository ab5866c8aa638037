import type { ChatErrorCode } from "./error-codes.ts";

/**
 * The error that this package throws. `message` says what happened and what to do about it, and is safe to show: it
 * never contains a provider's text, a key or a stack. The original error, if there is one, is the `cause`, which the
 * router does not send to clients.
 *
 * @example
 * ```ts
 * try {
 *   await chat.ask("Hello");
 * } catch (error) {
 *   if (error instanceof ChatError && error.code === "CONFLICT") return "Wait for the answer before you ask again.";
 *   throw error;
 * }
 * ```
 */
export class ChatError extends Error {
  override readonly name = "ChatError";
  /** What went wrong, for your program. `docs/errors.md` lists all codes. */
  readonly code: ChatErrorCode;
  /** When the same call may succeed, if that is known; it is in the message, too. */
  readonly retryAt: Date | null;

  constructor(
    code: ChatErrorCode,
    message: string,
    { retryAt = null, ...options }: { cause?: unknown; retryAt?: Date | null } = {},
  ) {
    super(message, options);
    this.code = code;
    this.retryAt = retryAt;
  }
}
