import type { OpenAIMessage } from "./strict-openai-messages.ts";
import { callsOf, strictOpenAIMessages } from "./strict-openai-messages.ts";

/** The body of a request for a chat completion. */
export interface ChatCompletionsBody {
  readonly model: string;
  readonly messages: readonly OpenAIMessage[];
  readonly stream?: boolean;
  readonly tools?: readonly unknown[];
  readonly [key: string]: unknown;
}

/** What one API of this format refuses: returns what is wrong, or null. */
export type ChatCompletionsRules = (body: ChatCompletionsBody) => string | null;

/** Each refuses what the real API does, as far as that is documented. */
export const chatCompletionsRules = {
  /** https://platform.openai.com/docs/api-reference/chat/create */
  openai: (body) =>
    unknownKey(body, openaiBodyKeys) ??
    (body.tools?.length === 0 ? "[] is too short - 'tools'" : null) ??
    (body.tools === undefined && (body["tool_choice"] ?? body["parallel_tool_calls"]) !== undefined
      ? "'tool_choice' is only allowed when 'tools' are specified"
      : null) ??
    (body.stream !== true && body["stream_options"] !== undefined
      ? "The 'stream_options' parameter is only allowed when 'stream' is enabled"
      : null) ??
    strictOpenAIMessages(body.messages) ??
    badId(
      body.messages,
      /^.{1,40}$/,
      "string too long. Expected a string with maximum length 40",
    ) ??
    badName(body.messages),

  /**
   * The order of https://github.com/mistralai/mistral-common/blob/main/src/mistral_common/protocol/instruct/validator.py.
   * Other keys are refused: https://github.com/BerriAI/litellm/issues/30835.
   */
  mistral: (body) =>
    unknownKey(body, mistralBodyKeys) ??
    strictOpenAIMessages(body.messages, mistralMessageKeys) ??
    badId(body.messages, /^[a-zA-Z0-9]{9}$/, "must be a-z, A-Z, 0-9, with a length of 9") ??
    badName(body.messages) ??
    userAfterTool(body.messages) ??
    (body.messages.at(-1)?.role === "assistant"
      ? "Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant"
      : null),

  /**
   * "The `reasoning_content` must be passed back to the API in all subsequent requests", for messages with tool calls:
   * https://api-docs.deepseek.com/guides/thinking_mode.
   */
  deepseek: (body) =>
    strictOpenAIMessages(body.messages, deepseekMessageKeys) ??
    (body.model === "deepseek-reasoner" ? missingReasoning(body.messages) : null),

  /** https://openrouter.ai/docs/use-cases/reasoning-tokens */
  openrouter: (body) => strictOpenAIMessages(body.messages, openrouterMessageKeys),

  /** https://github.com/AstrBotDevs/AstrBot/issues/6447 */
  xai: (body) => {
    const isEmpty = ({ content }: OpenAIMessage): boolean =>
      content === undefined ||
      content === null ||
      content === "" ||
      (Array.isArray(content) && content.length === 0);
    const empty = body.messages.find((one) => isEmpty(one) && callsOf(one).length === 0);
    return empty === undefined
      ? strictOpenAIMessages(body.messages)
      : "Invalid request content: Each message must have at least one content element.";
  },

  /** https://github.com/ollama/ollama/blob/main/openai/openai.go */
  ollama: (body) => {
    for (const message of body.messages) {
      const { content } = message;
      const isText = typeof content === "string" || Array.isArray(content);
      if (!isText && callsOf(message).length === 0) return "invalid message content type: <nil>";
      if (callsOf(message).some((call) => !call.function.arguments.startsWith("{")))
        return "invalid tool call arguments";
    }
    return strictOpenAIMessages(body.messages);
  },
} as const satisfies Readonly<Record<string, ChatCompletionsRules>>;

const openaiBodyKeys: ReadonlySet<string> = new Set([
  "model",
  "messages",
  "stream",
  "stream_options",
  "temperature",
  "top_p",
  "max_tokens",
  "max_completion_tokens",
  "n",
  "stop",
  "seed",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "response_format",
  "reasoning_effort",
  "prediction",
  "presence_penalty",
  "frequency_penalty",
  "logit_bias",
  "logprobs",
  "metadata",
  "store",
  "user",
]);

/** https://docs.mistral.ai/api/#tag/chat */
const mistralBodyKeys: ReadonlySet<string> = new Set([
  "model",
  "messages",
  "stream",
  "temperature",
  "top_p",
  "max_tokens",
  "stop",
  "random_seed",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "response_format",
  "presence_penalty",
  "frequency_penalty",
  "n",
  "prediction",
  "prompt_mode",
  "reasoning_effort",
  "safe_prompt",
  "metadata",
]);

const messageKeys = ["role", "content", "name", "tool_calls", "tool_call_id"];
const mistralMessageKeys: ReadonlySet<string> = new Set([...messageKeys, "prefix"]);
const deepseekMessageKeys: ReadonlySet<string> = new Set([...messageKeys, "reasoning_content"]);
const openrouterMessageKeys: ReadonlySet<string> = new Set([
  ...messageKeys,
  "reasoning",
  "reasoning_details",
]);

function unknownKey(body: ChatCompletionsBody, known: ReadonlySet<string>): string | null {
  const key = Object.keys(body).find((one) => !known.has(one));
  return key === undefined ? null : `Extra inputs are not permitted: ${key}`;
}

function badId(messages: readonly OpenAIMessage[], valid: RegExp, rule: string): string | null {
  const id = messages.flatMap(callsOf).find((call) => !valid.test(call.id))?.id;
  return id === undefined ? null : `Tool call id was ${id} but ${rule}`;
}

function badName(messages: readonly OpenAIMessage[]): string | null {
  const names = messages.flatMap(callsOf).map((call) => call.function.name);
  const name = names.find((one) => !/^[a-zA-Z0-9_-]{1,64}$/.test(one));
  return name === undefined ? null : `Function name was ${name}`;
}

function userAfterTool(messages: readonly OpenAIMessage[]): string | null {
  const isAfterTool = (index: number): boolean => messages[index - 1]?.role === "tool";
  return messages.some(({ role }, index) => role === "user" && isAfterTool(index))
    ? "Unexpected role 'user' after role 'tool'"
    : null;
}

function missingReasoning(messages: readonly OpenAIMessage[]): string | null {
  const index = messages.findIndex(
    (message) => callsOf(message).length > 0 && !("reasoning_content" in message),
  );
  return index === -1
    ? null
    : `Missing \`reasoning_content\` field in the assistant message at message index ${index}`;
}
