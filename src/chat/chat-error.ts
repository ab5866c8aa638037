import type { ChatErrorCode } from "./error-codes.ts";

/**
 * An error of this package. `message` says what happened and what to do about it. It never contains a provider's
 * text, a key or a stack; the original error, if there is one, is in `cause` and is not serialised.
 *
 * @example
 * try {
 *   await chat.ask("Hello");
 * } catch (error) {
 *   if (error instanceof ChatError && error.code === "CONFLICT") return "Please wait for the first answer.";
 *   throw error;
 * }
 */
export class ChatError extends Error {
  override readonly name = "ChatError";
  /** What went wrong, for programs. All codes are listed in `docs/errors.md`. */
  readonly code: ChatErrorCode;

  constructor(code: ChatErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
