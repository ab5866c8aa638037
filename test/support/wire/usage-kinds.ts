import { awsMessage } from "../providers/formats/bedrock-format.ts";
import type { ProviderName } from "../providers/create-provider-llm.ts";
import type { WireReply } from "./wire-case.ts";

/** The figures of a usage, as a provider may write them; undefined for one that is missing. */
export interface RawUsage {
  readonly input?: unknown;
  readonly output?: unknown;
  readonly cached?: unknown;
  /** Only some providers report a cost. */
  readonly cost?: unknown;
}

export interface UsageKind {
  readonly title: string;
  /** Null for a usage that is null itself, undefined for none. */
  readonly usage: RawUsage | null | undefined;
  /** What is stored then; not judged when it is undefined. */
  readonly expected: {
    readonly input?: number | null;
    readonly output?: number | null;
    readonly cost?: number;
  };
}

const whole = { input: 1000, output: 200 };

/** How providers write the same figures, and what they write when something is wrong with them. */
const usageKinds: readonly UsageKind[] = [
  { title: "integers", usage: whole, expected: whole },
  { title: "texts", usage: { input: "1000", output: "200" }, expected: whole },
  { title: "fractions", usage: { input: 1000.4, output: 199.6 }, expected: whole },
  { title: "fractions as texts", usage: { input: "999.7", output: "200.2" }, expected: whole },
  { title: "zeros", usage: { input: 0, output: 0 }, expected: {} },
  { title: "no usage", usage: undefined, expected: {} },
  { title: "null instead of a usage", usage: null, expected: {} },
  { title: "an empty usage", usage: {}, expected: {} },
  { title: "input null", usage: { input: null, output: 200 }, expected: { output: 200 } },
  { title: "output null", usage: { input: 1000, output: null }, expected: { input: 1000 } },
  { title: "no input", usage: { output: 200 }, expected: { output: 200 } },
  { title: "no output", usage: { input: 1000 }, expected: { input: 1000 } },
  { title: "negative input", usage: { input: -1, output: 200 }, expected: { output: 200 } },
  { title: "negative output", usage: { input: 1000, output: -7 }, expected: { input: 1000 } },
  { title: "words", usage: { input: "many", output: "" }, expected: {} },
  { title: "lists and objects", usage: { input: [1000], output: { of: 200 } }, expected: {} },
  { title: "booleans", usage: { input: true, output: false }, expected: {} },
  { title: "more than a database holds", usage: { input: 3e9, output: 1e30 }, expected: {} },
  { title: "cached", usage: { ...whole, cached: 900 }, expected: { output: 200 } },
  { title: "cached as a text", usage: { ...whole, cached: "900" }, expected: { output: 200 } },
  { title: "cached null", usage: { ...whole, cached: null }, expected: whole },
  { title: "nothing cached", usage: { ...whole, cached: 0 }, expected: whole },
  { title: "more cached than read", usage: { ...whole, cached: 9000 }, expected: { output: 200 } },
  { title: "negative cached", usage: { ...whole, cached: -5 }, expected: whole },
];

/** The same, of a cost that the provider reports. A cost that makes no sense is not taken. */
const costKinds: readonly UsageKind[] = [
  { title: "a cost", usage: { ...whole, cost: 0.0123 }, expected: { ...whole, cost: 0.0123 } },
  { title: "a cost of 0", usage: { ...whole, cost: 0 }, expected: { ...whole, cost: 0 } },
  {
    title: "a cost as a text",
    usage: { ...whole, cost: "0.5" },
    expected: { ...whole, cost: 0.5 },
  },
  { title: "a cost alone", usage: { cost: 0.25 }, expected: { cost: 0.25 } },
  { title: "a negative cost", usage: { ...whole, cost: -1 }, expected: whole },
  { title: "a cost that is null", usage: { ...whole, cost: null }, expected: whole },
  { title: "a cost in words", usage: { ...whole, cost: "free" }, expected: whole },
];

/** A provider whose usage is written in its own way. */
export interface UsageWriter {
  readonly provider: ProviderName;
  /** A model with a price. */
  readonly model: string;
  readonly kinds: readonly UsageKind[];
  /** Writes `Fine.` and the usage, as a stream and as a whole response. */
  readonly stream: (usage: UsageKind["usage"]) => WireReply;
  readonly whole: (usage: UsageKind["usage"]) => WireReply;
}

const reply = (contentType: string, body: string | Uint8Array): WireReply => ({
  status: 200,
  headers: { "content-type": contentType },
  writes: [
    typeof body === "string" ? { text: body } : { base64: Buffer.from(body).toString("base64") },
  ],
});

const json = (value: object): WireReply => reply("application/json", JSON.stringify(value));
const sse = (...events: readonly (object | string)[]): WireReply =>
  reply(
    "text/event-stream",
    events
      .map((event) => `data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`)
      .join(""),
  );

/** Puts a usage into the provider's words; a usage that is missing or null stays so. */
const worded = (
  usage: UsageKind["usage"],
  words: (usage: RawUsage) => object,
): object | null | undefined => (usage === null || usage === undefined ? usage : words(usage));

const openaiWords = ({ input, output, cached, cost }: RawUsage): object => ({
  prompt_tokens: input,
  completion_tokens: output,
  ...(cached === undefined ? {} : { prompt_tokens_details: { cached_tokens: cached } }),
  cost,
});

const chatCompletions = (
  provider: ProviderName,
  model: string,
  kinds: readonly UsageKind[],
  /** Some have the usage in the last chunk, some in one of its own, some in each. */
  place: "last" | "own" | "each",
): UsageWriter => ({
  provider,
  model,
  kinds,
  stream: (usage) => {
    const figures = { usage: worded(usage, openaiWords) };
    const chunk = (delta: object, finish: string | null, more: object) => ({
      choices: [{ index: 0, delta, finish_reason: finish }],
      ...more,
    });
    return sse(
      chunk({ content: "Fi" }, null, place === "each" ? figures : {}),
      chunk({ content: "ne." }, null, place === "each" ? figures : {}),
      chunk({}, "stop", place === "own" ? {} : figures),
      ...(place === "own" ? [{ choices: [], ...figures }] : []),
      "[DONE]",
    );
  },
  whole: (usage) =>
    json({
      choices: [
        { index: 0, message: { role: "assistant", content: "Fine." }, finish_reason: "stop" },
      ],
      usage: worded(usage, openaiWords),
    }),
});

const anthropicWords = ({ input, output, cached }: RawUsage): object => ({
  input_tokens: input,
  cache_read_input_tokens: cached,
  output_tokens: output,
});

const geminiWords = ({ input, output, cached }: RawUsage): object => ({
  promptTokenCount: input,
  candidatesTokenCount: output,
  cachedContentTokenCount: cached,
});

const geminiResponse = (text: string, usage: UsageKind["usage"], more: object = {}): object => ({
  candidates: [{ content: { role: "model", parts: [{ text }] }, ...more }],
  usageMetadata: worded(usage, geminiWords),
});

const bedrockWords = ({ input, output, cached }: RawUsage): object => ({
  inputTokens: input,
  outputTokens: output,
  cacheReadInputTokens: cached,
});

/** The providers whose usages differ. */
export const usageWriters: readonly UsageWriter[] = [
  chatCompletions("openai", "gpt-4o", [...usageKinds, ...costKinds], "own"),
  chatCompletions("openrouter", "deepseek/deepseek-r1", [...usageKinds, ...costKinds], "own"),
  chatCompletions("mistral", "mistral-large-latest", usageKinds, "last"),
  chatCompletions("xai", "grok-4.3", usageKinds, "each"),
  {
    provider: "anthropic",
    model: "claude-sonnet-4-5",
    kinds: usageKinds,
    stream: (usage) => {
      const figures = worded(usage, anthropicWords);
      return sse(
        { type: "message_start", message: { role: "assistant", content: [], usage: figures } },
        { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
        { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Fine." } },
        { type: "content_block_stop", index: 0 },
        { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: figures },
        { type: "message_stop" },
      );
    },
    whole: (usage) =>
      json({
        type: "message",
        role: "assistant",
        content: [{ type: "text", text: "Fine." }],
        stop_reason: "end_turn",
        usage: worded(usage, anthropicWords),
      }),
  },
  {
    provider: "gemini",
    model: "gemini-2.5-flash",
    kinds: usageKinds,
    stream: (usage) =>
      sse(geminiResponse("Fi", usage), geminiResponse("ne.", usage, { finishReason: "STOP" })),
    whole: (usage) => json(geminiResponse("Fine.", usage, { finishReason: "STOP" })),
  },
  {
    provider: "bedrock",
    model: "amazon.nova-lite-v1:0",
    kinds: usageKinds,
    stream: (usage) => {
      const events: readonly (readonly [string, object])[] = [
        ["messageStart", { role: "assistant" }],
        ["contentBlockDelta", { contentBlockIndex: 0, delta: { text: "Fine." } }],
        ["contentBlockStop", { contentBlockIndex: 0 }],
        ["messageStop", { stopReason: "end_turn" }],
        ["metadata", { usage: worded(usage, bedrockWords) }],
      ];
      const messages = events.map(([type, payload]) =>
        awsMessage({ kind: "event", type, payload }),
      );
      return reply("application/vnd.amazon.eventstream", Buffer.concat(messages));
    },
    whole: (usage) =>
      json({
        output: { message: { role: "assistant", content: [{ text: "Fine." }] } },
        stopReason: "end_turn",
        usage: worded(usage, bedrockWords),
      }),
  },
];
