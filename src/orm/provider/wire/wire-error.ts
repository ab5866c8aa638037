import {
  APIError,
  AuthenticationError,
  BadRequestError,
  ContextWindowExceededError,
  InsufficientQuotaError,
  InvalidModelError,
  PaymentRequiredError,
  RateLimitError,
  ServerError,
  ServiceUnavailableError,
} from "@node-llm/core";
import { asArray, asNumber, asRecord, asText, isRecord } from "../../../shared/json-value.ts";

/** Whom a call was made to. */
export interface CallTarget {
  readonly provider: string;
  readonly model: string;
}

/**
 * The error in a JSON value; null for none. These forms are in use: an `error` object or text (OpenAI, Gemini,
 * OpenRouter, Ollama), `type: "error"` (Anthropic), `object: "error"` (vLLM, Mistral), and, where nothing else is
 * expected, a bare `message` or `detail` (LiteLLM, FastAPI).
 *
 * @param isExpected the value cannot be anything but an error.
 */
export function readWireError(
  value: unknown,
  target: CallTarget,
  isExpected = false,
): APIError | null {
  if (!isRecord(value)) return null;
  const { error } = value;
  if (isRecord(error)) return createWireError(error, value, target);
  if (typeof error === "string" && error !== "")
    return createWireError({ ...value, message: error }, value, target);
  const isError = value["object"] === "error" || value["type"] === "error";
  const text = value["message"] ?? value["detail"] ?? value["msg"];
  if (isError || (isExpected && text !== undefined))
    return createWireError({ ...value, message: text }, value, target);
  return null;
}

/** An error of which only a text is known. */
export function createTextError(text: string, target: CallTarget): APIError {
  return createWireError({ message: text }, text, target);
}

/** The error as core throws it for a response with its status. */
function createWireError(
  error: Readonly<Record<string, unknown>>,
  body: unknown,
  { provider, model }: CallTarget,
): APIError {
  const message = textOf(error["message"]) || "The provider reported an error.";
  const words = wordsOf(error);
  const is = (pattern: RegExp): boolean => words.some((word) => pattern.test(word));
  const status = statusOf(error, words);
  if (is(/context_length|context_window/) || contextMessage.test(message))
    return new ContextWindowExceededError(message, body, provider, model);
  if (is(/insufficient_quota|insufficient_credits|billing/))
    return new InsufficientQuotaError(message, body, provider, model);
  switch (status) {
    case 400:
    case 422:
      return new BadRequestError(message, body, provider, model);
    case 401:
    case 403:
      return new AuthenticationError(message, status, body, provider);
    case 402:
      return new PaymentRequiredError(message, body, provider);
    case 404:
      return new InvalidModelError(message, body, provider, model);
    case 429:
      return new RateLimitError(message, body, provider, model);
    case 502:
    case 503:
    case 529:
      return new ServiceUnavailableError(message, status, body, provider, model);
    case null:
      return new ServerError(message, 500, body, provider, model);
    default:
      if (status >= 500) return new ServerError(message, status, body, provider, model);
      return new APIError(message, status, body, provider, model);
  }
}

/** The status that the error would have had as a response. */
function statusOf(
  error: Readonly<Record<string, unknown>>,
  words: readonly string[],
): number | null {
  for (const key of ["raw_status_code", "code", "status", "status_code", "http_code"]) {
    const status = asNumber(error[key]);
    if (Number.isInteger(status) && status >= 400 && status < 600) return status;
  }
  for (const word of words) {
    const found = statusWords.find(([pattern]) => pattern.test(word));
    if (found !== undefined) return found[1];
  }
  return null;
}

function wordsOf(error: Readonly<Record<string, unknown>>): string[] {
  return [error["code"], error["type"], error["status"], error["reason"]]
    .map((word) => asText(word).toLowerCase())
    .filter((word) => word !== "");
}

/**
 * The words that providers use for their statuses:
 * https://platform.openai.com/docs/guides/error-codes, https://docs.anthropic.com/en/api/errors,
 * https://ai.google.dev/gemini-api/docs/troubleshooting, https://openrouter.ai/docs/api/reference/errors and
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html.
 */
const statusWords: readonly (readonly [RegExp, number])[] = [
  [
    /invalid_api_key|authentication|unauthenticated|unauthorized|unrecognizedclient|expiredtoken/,
    401,
  ],
  [/permission|access_?denied|forbidden/, 403],
  [/payment_required/, 402],
  [/model_not_found|not_found|resourcenotfound/, 404],
  [/rate_?limit|exhausted|too_many_requests|throttl|quota/, 429],
  [/overloaded|unavailable|modelnotready|capacity/, 503],
  [/timeout|deadline_exceeded/, 504],
  [
    /invalid_request|invalid_argument|invalid_prompt|bad_request|validation|failed_precondition/,
    400,
  ],
  [/server_error|api_error|internal/, 500],
];

const contextMessage =
  /context (?:length|window)|maximum context|too many (?:input )?tokens|prompt is too long|input is too long/i;

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (isRecord(value)) return textOf(asRecord(value)["message"]) || JSON.stringify(value);
  const [first] = asArray(value);
  return first === undefined ? "" : JSON.stringify(value);
}
