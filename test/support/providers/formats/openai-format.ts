import type {
  ModelAnswer,
  ModelError,
  ModelToolCall,
  ModelUsage,
  SseEvent,
} from "./model-answer.ts";
import { finishOf, inPieces } from "./model-answer.ts";

/** How a server of OpenAI's format differs from OpenAI's own. */
export interface OpenAIVariant {
  readonly model: string;
  /** The fields of a delta, or of a message, that hold thinking. */
  readonly thinking: (text: string) => Readonly<Record<string, unknown>>;
  /**
   * How tool calls are streamed: in `pieces`; each `whole`, in a chunk of its own, where all may have one index; or all
   * in the `last` chunk, with the end and the usage.
   */
  readonly calls: "pieces" | "whole" | "last";
  readonly callIndex: (index: number) => number | undefined;
  /** Where the usage stands: in a chunk of its own, in the last one, or in each one as a running total. */
  readonly usage: "own" | "last" | "running";
  readonly usageOf?: (usage: ModelUsage) => Readonly<Record<string, unknown>>;
  readonly errorOf: (error: ModelError) => unknown;
}

/** https://platform.openai.com/docs/api-reference/chat-streaming */
export const openaiVariant: OpenAIVariant = {
  model: "gpt-4o",
  // OpenAI shows no thinking. Many servers that are reached as `openai` do: vLLM, LM Studio, llama.cpp.
  thinking: (text) => ({ reasoning_content: text }),
  calls: "pieces",
  callIndex: (index) => index,
  usage: "own",
  errorOf: ({ status, message }) => ({ error: { message, type: errorTypes[status], code: null } }),
};

/** https://api-docs.deepseek.com/guides/thinking_mode */
export const deepseekVariant: OpenAIVariant = {
  ...openaiVariant,
  model: "deepseek-reasoner",
  usage: "last",
  usageOf: ({ input, cached = 0 }) => ({
    prompt_cache_hit_tokens: cached,
    prompt_cache_miss_tokens: input - cached,
  }),
};

/** https://openrouter.ai/docs/use-cases/reasoning-tokens and https://openrouter.ai/docs/api/reference/errors-and-debugging */
export const openrouterVariant: OpenAIVariant = {
  ...openaiVariant,
  model: "deepseek/deepseek-r1",
  thinking: (text) => ({
    reasoning: text,
    reasoning_details: [{ type: "reasoning.text", text, format: "unknown", index: 0 }],
  }),
  errorOf: ({ status, message }) => ({ error: { code: status, message } }),
};

/** https://docs.x.ai/docs/guides/function-calling: "the function call will be returned in whole in a single chunk". */
export const xaiVariant: OpenAIVariant = {
  ...openaiVariant,
  model: "grok-3-mini",
  calls: "whole",
  usage: "running",
  errorOf: ({ status, message }) => ({ code: xaiCodes[status], error: message }),
};

/** https://github.com/ollama/ollama/blob/main/openai/openai.go and https://github.com/ollama/ollama/issues/15457 */
export const ollamaVariant: OpenAIVariant = {
  ...openaiVariant,
  model: "qwen3",
  thinking: (text) => ({ reasoning: text }),
  calls: "whole",
  callIndex: () => 0,
};

/** https://docs.mistral.ai/capabilities/reasoning and https://docs.mistral.ai/capabilities/function_calling */
export const mistralVariant: OpenAIVariant = {
  ...openaiVariant,
  model: "magistral-medium-latest",
  thinking: (text) => ({ content: [{ type: "thinking", thinking: [{ type: "text", text }] }] }),
  calls: "last",
  usage: "last",
  errorOf: ({ status, message }) => ({
    object: "error",
    message,
    type: status === 429 ? "rate_limited" : "internal_server_error",
    param: null,
    code: status === 429 ? "1300" : "1000",
    raw_status_code: status,
  }),
};

const errorTypes: Readonly<Record<ModelError["status"], string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  429: "rate_limit_exceeded",
  500: "server_error",
  503: "service_unavailable_error",
};

/** https://github.com/AstrBotDevs/AstrBot/issues/6447 and https://docs.x.ai/docs/key-information/debugging */
const xaiCodes: Readonly<Record<ModelError["status"], string>> = {
  400: "Client specified an invalid argument",
  401: "The caller does not have permission to execute the specified operation",
  429: "Some resource has been exhausted",
  500: "Internal error",
  503: "The service is currently unavailable",
};

/** The end of a stream. */
const endMarker: SseEvent = { data: "[DONE]" };

/** The events of a streamed answer. */
export function openaiEvents(answer: ModelAnswer, variant: OpenAIVariant): readonly SseEvent[] {
  const chunks: object[] = [];
  const chunk = (delta: object, finish: string | null = null, more: object = {}): void =>
    void chunks.push({ ...openaiChunk(delta, finish), model: variant.model, ...more });
  const { thinking = [], text = [], refusal = [], toolCalls = [], usage } = answer;
  chunk({ role: "assistant", content: "" });
  for (const piece of thinking) chunk({ content: null, ...variant.thinking(piece) });
  for (const piece of text) chunk({ content: piece });
  for (const piece of refusal) chunk({ content: null, refusal: piece });
  const calls = callDeltas(toolCalls, variant);
  if (variant.calls !== "last") for (const call of calls) chunk({ tool_calls: [call] });
  const events = (): SseEvent[] => withRunningUsage(chunks, usage, variant).map(toEvent);
  if (answer.cut !== undefined) return events();
  if (answer.error !== undefined) return [...events(), toEvent(variant.errorOf(answer.error))];
  const last = variant.calls === "last" && calls.length > 0 ? { tool_calls: calls } : {};
  const wireUsage = usage === undefined ? undefined : usageOf(usage, variant);
  chunk(
    { content: "", ...last },
    finishOf(answer),
    variant.usage === "last" && wireUsage !== undefined ? { usage: wireUsage } : {},
  );
  if (variant.usage === "own" && wireUsage !== undefined)
    chunks.push({ object: "chat.completion.chunk", choices: [], usage: wireUsage });
  return [...events(), endMarker];
}

/** A chunk of a streamed answer. */
export function openaiChunk(delta: object, finish: string | null = null): object {
  return {
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1,
    model: openaiVariant.model,
    choices: [{ index: 0, delta, finish_reason: finish }],
  };
}

/** A tool call as a response has it. */
export function openaiCall(id: string, name: string, args: string) {
  return { id, type: "function", function: { name, arguments: args } };
}

/** A whole response. */
export function openaiBody(answer: ModelAnswer, variant: OpenAIVariant): string {
  const { thinking = [], text, refusal, toolCalls = [], usage } = answer;
  const thought = thinking.length === 0 ? {} : variant.thinking(thinking.join(""));
  const content = text === undefined ? null : text.join("");
  const parts =
    "content" in thought
      ? [...asList(thought["content"]), { type: "text", text: content ?? "" }]
      : content;
  return JSON.stringify({
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model: variant.model,
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          ...thought,
          content: parts,
          ...(refusal === undefined ? {} : { refusal: refusal.join("") }),
          ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls.map(wholeCall) }),
        },
        finish_reason: finishOf(answer),
      },
    ],
    ...(usage === undefined ? {} : { usage: usageOf(usage, variant) }),
  });
}

function callDeltas(calls: readonly ModelToolCall[], variant: OpenAIVariant): readonly object[] {
  return calls.flatMap((call, position) => {
    const index = variant.callIndex(position);
    const place = index === undefined ? {} : { index };
    if (variant.calls !== "pieces") return [{ ...place, ...wholeCall(call) }];
    const [first, ...rest] = inPieces(JSON.stringify(call.input), 3);
    return [
      { ...place, ...openaiCall(call.id, call.name, "") },
      ...[first, ...rest].map((piece) => ({ ...place, function: { arguments: piece } })),
    ];
  });
}

function wholeCall({ id, name, input }: ModelToolCall) {
  return openaiCall(id, name, JSON.stringify(input));
}

function withRunningUsage(
  chunks: readonly object[],
  usage: ModelUsage | undefined,
  variant: OpenAIVariant,
): readonly object[] {
  if (variant.usage !== "running" || usage === undefined) return chunks;
  return chunks.map((chunk, index) => {
    const output = Math.round((usage.output * (index + 1)) / chunks.length);
    return { ...chunk, usage: usageOf({ ...usage, output }, variant) };
  });
}

function usageOf(usage: ModelUsage, variant: OpenAIVariant): object {
  const { input, output, cached } = usage;
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    ...(cached === undefined ? {} : { prompt_tokens_details: { cached_tokens: cached } }),
    ...variant.usageOf?.(usage),
  };
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function toEvent(value: unknown): SseEvent {
  return { data: JSON.stringify(value) };
}
