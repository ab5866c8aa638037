import { ServerError, ServiceUnavailableError } from "@node-llm/core";
import type { FinishReason } from "../../../chat/chat-message.ts";
import type { WireAnswer } from "./wire-answer.ts";
import type { CallTarget } from "./wire-error.ts";

/**
 * The words with which providers end an answer. Sources:
 *
 * - OpenAI: https://platform.openai.com/docs/api-reference/chat/streaming
 * - Mistral: https://docs.mistral.ai/api
 * - DeepSeek: https://api-docs.deepseek.com/api/create-chat-completion
 * - OpenRouter: https://openrouter.ai/docs/api-reference/overview
 * - Anthropic: https://docs.anthropic.com/en/api/handling-stop-reasons
 * - Gemini: https://ai.google.dev/api/generate-content#FinishReason
 * - Bedrock: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_MessageStopEvent.html
 */
const finishWords = new Map<string, FinishReason>(
  Object.entries({
    stop: "stop",
    end_turn: "stop",
    stop_sequence: "stop",
    eos: "stop",
    length: "length",
    max_tokens: "length",
    model_length: "length",
    model_context_window_exceeded: "length",
    tool_calls: "tool_calls",
    tool_use: "tool_calls",
    function_call: "tool_calls",
    content_filter: "content_filter",
    content_filtered: "content_filter",
    guardrail_intervened: "content_filter",
    refusal: "refusal",
    safety: "content_filter",
    recitation: "content_filter",
    blocklist: "content_filter",
    prohibited_content: "content_filter",
    spii: "content_filter",
    image_safety: "content_filter",
    image_prohibited_content: "content_filter",
  } as const),
);

/** Words with which a provider says that it gave up. What it said until then is not an answer. */
const failureWords = new Map<string, "failed" | "overloaded">(
  Object.entries({
    error: "failed",
    abort: "failed",
    malformed_function_call: "failed",
    malformed_response: "failed",
    malformed_model_output: "failed",
    malformed_tool_use: "failed",
    unexpected_tool_call: "failed",
    too_many_tool_calls: "failed",
    missing_thought_signature: "failed",
    insufficient_system_resource: "overloaded",
  } as const),
);

/** What a provider's word means; `other` for a word that is not known, null for none. */
export function toFinishReason(word: unknown): FinishReason | null {
  if (typeof word !== "string" || word === "") return null;
  return finishWords.get(word.toLowerCase()) ?? "other";
}

/**
 * Ends the answer with the word of its provider; does nothing when there is none yet. Anthropic's `refusal` is the end
 * of a filter, while the refusals of OpenAI have a field of their own, with words.
 */
export function applyFinishWord(answer: WireAnswer, word: unknown, target: CallTarget): void {
  const reason = word === "refusal" ? "content_filter" : toFinishReason(word);
  if (reason === null) return;
  const { provider, model } = target;
  const failure = failureWords.get(String(word).toLowerCase());
  const message = `The provider ended the answer with "${String(word)}".`;
  if (failure === "overloaded")
    answer.fail(new ServiceUnavailableError(message, 503, null, provider, model));
  else if (failure === "failed") answer.fail(new ServerError(message, 500, null, provider, model));
  else answer.finish(reason);
}
