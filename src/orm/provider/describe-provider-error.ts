import { APIError, ConfigurationError, LLMError } from "@node-llm/core";
import { ChatError } from "../../chat/chat-error.ts";
import type { ChatMessageError } from "../../chat/chat-message.ts";

/** A failure as the ledger and the client may know it: never the provider's own text. */
export interface ProviderErrorDescription extends ChatMessageError {
  /** The HTTP status of the failed call; null when there was no response. */
  readonly statusCode: number | null;
}

const known = {
  BAD_REQUEST: ["The model refused the request. Change the message and try again.", false],
  CONTEXT_TOO_LONG: [
    "The conversation is too long for this model. Start a new chat, or shorten it.",
    false,
  ],
  UNAUTHORIZED: [
    "The model provider refused the server's credentials. Tell whoever runs this app.",
    false,
  ],
  PAYMENT_REQUIRED: ["The model provider's quota is used up. Tell whoever runs this app.", false],
  MODEL_NOT_FOUND: ["The model is not available. Choose another model and try again.", false],
  RATE_LIMITED: ["The model gets too many requests right now. Wait a moment and try again.", true],
  OVERLOADED: ["The model is overloaded right now. Wait a moment and try again.", true],
  PROVIDER_ERROR: ["The model could not answer. Try again.", true],
  TIMEOUT: ["The model did not answer in time. Try again.", true],
  CONNECTION_LOST: ["The connection to the model was lost. Try again.", true],
  STREAM_INCOMPLETE: [
    "The connection to the model ended before the answer was complete. Try again.",
    true,
  ],
  STREAM_STALLED: ["The model stopped sending in the middle of the answer. Try again.", true],
  TOO_MANY_STEPS: [
    "The model used more tool calls than are allowed for one answer. Ask for less at once.",
    false,
  ],
  CONFIGURATION: ["The server's model settings are wrong. Tell whoever runs this app.", false],
  INTERRUPTED: ["The answer was interrupted before it was complete. Try again.", true],
  APPROVAL_EXPIRED: ["Nobody allowed the tool in time, so the answer was ended. Try again.", true],
  ABORTED: ["The answer was stopped.", true],
  INTERNAL: ["Something went wrong on the server. Try again.", true],
} as const satisfies { readonly [code: string]: readonly [message: string, retryable: boolean] };

type KnownCode = keyof typeof known;

/** The error of a stored message; null for a message without one. */
export function messageError(code: string | null | undefined): ChatMessageError | null {
  if (code == null) return null;
  const [message, retryable] = isKnown(code) ? known[code] : known.INTERNAL;
  return { code, message, retryable };
}

/** What to record and to show of anything that a turn threw. */
export function describeProviderError(error: unknown): ProviderErrorDescription {
  const { code, statusCode } = classify(error);
  const [message, retryable] = known[code];
  return { code, message, retryable, statusCode };
}

function isKnown(code: string): code is KnownCode {
  return Object.hasOwn(known, code);
}

function classify(error: unknown): { code: KnownCode; statusCode: number | null } {
  if (error instanceof Error && error.name === "AbortError")
    return { code: "ABORTED", statusCode: 499 };
  if (error instanceof ChatError && isKnown(error.code))
    return { code: error.code, statusCode: null };
  if (isApiError(error))
    return { code: codeOf(error.name, error.status), statusCode: error.status };
  if (error instanceof ConfigurationError || error instanceof LLMError) {
    return { code: "CONFIGURATION", statusCode: null };
  }
  // Core's own errors without a class, and those of fetch: told apart by their text alone.
  const text = error instanceof Error ? `${error.name}: ${error.message}` : "";
  if (/timeout|timed out/i.test(text)) return { code: "TIMEOUT", statusCode: null };
  if (text.includes("Maximum tool execution calls"))
    return { code: "TOO_MANY_STEPS", statusCode: null };
  if (/^TypeError: (terminated|fetch failed)/.test(text))
    return { code: "CONNECTION_LOST", statusCode: null };
  if (text.startsWith("Error: Stream error")) return { code: "PROVIDER_ERROR", statusCode: null };
  return { code: "INTERNAL", statusCode: null };
}

/** Also errors of a second copy of core, and of providers of one's own that follow its shape. */
function isApiError(error: unknown): error is Error & { status: number } {
  if (error instanceof APIError) return true;
  return error instanceof Error && "status" in error && typeof error.status === "number";
}

function codeOf(name: string, status: number): KnownCode {
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
