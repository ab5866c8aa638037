import type { ProviderName } from "./create-provider-llm.ts";
import {
  anthropicBody,
  anthropicError,
  anthropicEvents,
  anthropicSignature,
} from "./formats/anthropic-format.ts";
import { awsMessage, bedrockBody, bedrockEvents } from "./formats/bedrock-format.ts";
import { geminiBody, geminiError, geminiEvents, geminiSignature } from "./formats/gemini-format.ts";
import type { ModelAnswer, ModelError, SseEvent } from "./formats/model-answer.ts";
import { plainSse } from "./formats/model-answer.ts";
import type { OpenAIVariant } from "./formats/openai-format.ts";
import {
  deepseekVariant,
  mistralVariant,
  ollamaVariant,
  openaiBody,
  openaiEvents,
  openaiVariant,
  openrouterVariant,
  xaiVariant,
} from "./formats/openai-format.ts";
import type { AnthropicRequest } from "./strict-anthropic-messages.ts";
import { strictAnthropicMessages } from "./strict-anthropic-messages.ts";
import type { BedrockBody } from "./strict-bedrock-request.ts";
import { strictBedrockRequest } from "./strict-bedrock-request.ts";
import type { ChatCompletionsBody } from "./strict-chat-completions.ts";
import { chatCompletionsRules } from "./strict-chat-completions.ts";
import type { GeminiBody } from "./strict-gemini-request.ts";
import { strictGeminiRequest } from "./strict-gemini-request.ts";

/** A request as a stub gets it. */
export interface StubRequest {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The provider's format, which the stub checks. */
  readonly body: unknown;
}

/** What a stand-in for a provider accepts and sends. */
export interface ProviderStub {
  readonly name: ProviderName;
  readonly model: string;
  readonly dialect: "openai" | "anthropic" | "gemini" | "bedrock";
  /** Whether the format has a place for a refusal. */
  readonly refuses: boolean;
  /** An id as the provider gives its tool calls. */
  readonly callId: (number: number) => string;
  /** The end of the address of a request, for a stream and for a whole response. */
  readonly paths: { readonly stream: RegExp; readonly whole: RegExp };
  /** The key in a request; undefined when it is missing. */
  readonly keyOf: (request: StubRequest) => unknown;
  readonly isStream: (request: StubRequest) => boolean;
  /** What the provider would refuse, or null. */
  readonly refuse: (body: unknown, isIssued: (signature: string) => boolean) => string | null;
  readonly streamType: string;
  /** The packets of a stream. */
  readonly packets: (answer: ModelAnswer) => readonly Uint8Array[];
  readonly whole: (answer: ModelAnswer) => string;
  /** The body of an error that is no stream. */
  readonly error: (error: ModelError) => string;
  /** The signatures that an answer gives out. */
  readonly signatures: (answer: ModelAnswer) => readonly string[];
  /** What the provider is known to do. The tests hold it to that, and `docs/providers.md` shows it. */
  readonly facts: ProviderAbilities;
}

interface ProviderAbilities {
  /** Whether thinking can be shown. */
  readonly showsThinking: boolean;
  /** Whether thinking is sent back within a turn that calls tools. */
  readonly getsThinkingBack: boolean;
}

const neither: ProviderAbilities = { showsThinking: false, getsThinkingBack: false };

const sse = (events: readonly SseEvent[]): readonly Uint8Array[] =>
  events.map((event) => Buffer.from(plainSse(event)));

const bearer = ({ headers }: StubRequest): unknown =>
  String(headers["authorization"] ?? "").replace(/^Bearer /, "") || undefined;

const chatCompletions = (
  name: keyof typeof chatCompletionsRules,
  variant: OpenAIVariant,
  callId: (number: number) => string,
  facts: ProviderAbilities,
): ProviderStub => ({
  name,
  model: variant.model,
  dialect: "openai",
  refuses: true,
  callId,
  paths: { stream: /\/chat\/completions$/, whole: /\/chat\/completions$/ },
  keyOf: bearer,
  // Core sends this format.
  isStream: ({ body }) => (body as ChatCompletionsBody).stream === true,
  refuse: (body) => chatCompletionsRules[name](body as ChatCompletionsBody),
  streamType: "text/event-stream",
  packets: (answer) => sse(openaiEvents(answer, variant)),
  whole: (answer) => openaiBody(answer, variant),
  error: (error) => JSON.stringify(variant.errorOf(error)),
  signatures: () => [],
  facts,
});

/** A stand-in for each of core's providers. */
export const providerStubs: Readonly<Record<ProviderName, ProviderStub>> = {
  openai: chatCompletions(
    "openai",
    openaiVariant,
    (number) => `call_${"a".repeat(23)}${number}`,
    // OpenAI shows none, and the servers of its format do.
    { ...neither, showsThinking: true },
  ),
  anthropic: {
    name: "anthropic",
    dialect: "anthropic",
    refuses: false,
    model: "claude-sonnet-4-5",
    callId: (number) => `toolu_01A09q90qw90lq917835lq${number}`,
    paths: { stream: /\/v1\/messages$/, whole: /\/v1\/messages$/ },
    keyOf: ({ headers }) =>
      headers["anthropic-version"] === undefined ? undefined : headers["x-api-key"],
    isStream: ({ body }) => (body as AnthropicRequest).stream === true,
    refuse: (body, isIssued) =>
      strictAnthropicMessages(body as AnthropicRequest, (thinking, signature) =>
        isIssued(`${signature} ${thinking}`),
      ),
    streamType: "text/event-stream; charset=utf-8",
    packets: (answer) => sse(anthropicEvents(answer)),
    whole: anthropicBody,
    error: anthropicError,
    signatures: ({ thinking }) =>
      thinking === undefined ? [] : [`${anthropicSignature} ${thinking.join("")}`],
    facts: { showsThinking: true, getsThinkingBack: true },
  },
  gemini: {
    name: "gemini",
    dialect: "gemini",
    refuses: false,
    model: "gemini-3-flash-preview",
    // Gemini has none.
    callId: String,
    paths: {
      stream: /\/v1beta\/models\/[^/]+:streamGenerateContent$/,
      whole: /\/v1beta\/models\/[^/]+:generateContent$/,
    },
    keyOf: ({ query }) => query.get("key"),
    isStream: ({ path }) => path.endsWith(":streamGenerateContent"),
    refuse: (body, isIssued) =>
      strictGeminiRequest(
        body as GeminiBody,
        // For calls of other models: https://ai.google.dev/gemini-api/docs/thought-signatures.
        (signature) =>
          signature === "skip_thought_signature_validator" || isIssued(String(signature)),
      ),
    streamType: "text/event-stream",
    packets: (answer) => sse(geminiEvents(answer)),
    whole: geminiBody,
    error: geminiError,
    signatures: ({ toolCalls = [] }) => (toolCalls.length === 0 ? [] : [geminiSignature]),
    facts: { showsThinking: true, getsThinkingBack: true },
  },
  mistral: chatCompletions("mistral", mistralVariant, (number) => `D681PevK${number}`, {
    ...neither,
    showsThinking: true,
  }),
  deepseek: chatCompletions("deepseek", deepseekVariant, (number) => `call_0${number}_aYwG`, {
    showsThinking: true,
    getsThinkingBack: true,
  }),
  openrouter: chatCompletions(
    "openrouter",
    openrouterVariant,
    (number) => `tool_${number}_get:weather`,
    {
      showsThinking: true,
      getsThinkingBack: true,
    },
  ),
  xai: chatCompletions("xai", xaiVariant, (number) => `call_1234567${number}`, {
    ...neither,
    showsThinking: true,
  }),
  ollama: chatCompletions("ollama", ollamaVariant, (number) => `call_8uin9c4${number}`, {
    ...neither,
    showsThinking: true,
  }),
  bedrock: {
    name: "bedrock",
    dialect: "bedrock",
    refuses: false,
    model: "amazon.nova-lite-v1:0",
    callId: (number) => `tooluse_kZJMlvQmRJ6eAyJE5GIl-${number}`,
    paths: { stream: /\/model\/[^/]+\/converse-stream$/, whole: /\/model\/[^/]+\/converse$/ },
    keyOf: bearer,
    isStream: ({ path }) => path.endsWith("/converse-stream"),
    refuse: (body) => strictBedrockRequest(body as BedrockBody),
    streamType: "application/vnd.amazon.eventstream",
    packets: (answer) => bedrockEvents(answer).map(awsMessage),
    whole: bedrockBody,
    error: ({ message }) => JSON.stringify({ message }),
    signatures: () => [],
    facts: { ...neither, showsThinking: true },
  },
};
