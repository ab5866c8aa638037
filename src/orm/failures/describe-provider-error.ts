import { APIError, ConfigurationError, LLMError } from "@node-llm/core";
import { ChatError } from "../../chat/chat-error.ts";
import type { ChatMessageError } from "../../chat/chat-message.ts";
import type { AnswerErrorCode } from "../../chat/error-codes.ts";
import { answerErrors, isAnswerErrorCode } from "../../chat/error-codes.ts";

/** A failure as the ledger and the client get it, which never contains the provider's own text. */
export interface ProviderErrorDescription extends ChatMessageError {
  /** The HTTP status of the failed call; null when there was no response. */
  readonly statusCode: number | null;
}

/** Describes anything that a turn may throw. */
export function describeProviderError(error: unknown): ProviderErrorDescription {
  const { code, statusCode } = classify(error);
  return { code, ...answerErrors[code], statusCode };
}

function classify(error: unknown): { code: AnswerErrorCode; statusCode: number | null } {
  if (error instanceof Error && error.name === "AbortError")
    return { code: "ABORTED", statusCode: 499 };
  if (error instanceof ChatError && isAnswerErrorCode(error.code))
    return { code: error.code, statusCode: null };
  if (isApiError(error))
    return { code: codeOfStatus(error.name, error.status), statusCode: error.status };
  if (error instanceof ConfigurationError || error instanceof LLMError) {
    return { code: "CONFIGURATION", statusCode: null };
  }
  // Core's plain errors and those of `fetch` differ only in their text.
  const text = error instanceof Error ? `${error.name}: ${error.message}` : "";
  if (/timeout|timed out/i.test(text)) return { code: "TIMEOUT", statusCode: null };
  if (text.includes("Maximum tool execution calls"))
    return { code: "TOO_MANY_STEPS", statusCode: null };
  if (/^TypeError: (terminated|fetch failed)/.test(text))
    return { code: "CONNECTION_LOST", statusCode: null };
  if (text.startsWith("Error: Stream error")) return { code: "PROVIDER_ERROR", statusCode: null };
  return { code: "INTERNAL", statusCode: null };
}

/** Also true for errors of another copy of core, and for those of an app's own provider with the same shape. */
function isApiError(error: unknown): error is Error & { status: number } {
  if (error instanceof APIError) return true;
  return error instanceof Error && "status" in error && typeof error.status === "number";
}

function codeOfStatus(name: string, status: number): AnswerErrorCode {
  if (name === "ContextWindowExceededError") return "CONTEXT_TOO_LONG";
  if (name === "InsufficientQuotaError" || status === 402) return "PAYMENT_REQUIRED";
  if (status === 401 || status === 403) return "UNAUTHORIZED";
  if (status === 404) return "MODEL_NOT_FOUND";
  if (status === 408 || status === 504) return "TIMEOUT";
  if (status === 429) return "RATE_LIMITED";
  if (status === 503 || status === 529) return "OVERLOADED";
  if (status >= 400 && status < 500) return "BAD_REQUEST";
  return "PROVIDER_ERROR";
}
