import type { SseEvent } from "../providers/formats/model-answer.ts";
import type { SeededRandom } from "../seeded-random.ts";
import type { WireWriter } from "./wire-writers.ts";

/** Changes events in ways that mean nothing: a reader has to read the same answer. */
export function mutateEvents(
  events: readonly SseEvent[],
  { dialect }: WireWriter,
  random: SeededRandom,
): readonly SseEvent[] {
  const mutated: SseEvent[] = [];
  for (const event of events) {
    if (random.chance(0.15)) mutated.push(random.pick(noise[dialect]));
    mutated.push(
      event.data.startsWith("{")
        ? { ...event, data: mutateJson(event.data, dialect, random) }
        : event,
    );
  }
  return mutated;
}

/** Events that say nothing about the answer. */
const noise: Readonly<Record<WireWriter["dialect"], readonly SseEvent[]>> = {
  openai: [
    { data: '{"choices":[]}' },
    { data: '{"choices":[{"index":0,"delta":{},"finish_reason":null}]}' },
    {
      data: '{"choices":[{"index":0,"delta":{"content":"","role":"assistant"},"finish_reason":""}]}',
    },
    { data: '{"id":"","object":"","choices":[],"prompt_filter_results":[{"prompt_index":0}]}' },
    { event: "ping", data: "{}" },
    { data: "" },
  ],
  anthropic: [
    { event: "ping", data: '{"type":"ping"}' },
    {
      event: "newer_event",
      data: '{"type":"newer_event","index":0,"delta":{"type":"text_delta"}}',
    },
    { event: "vertex_event", data: "{}" },
    { data: "" },
  ],
  gemini: [
    { data: "{}" },
    { data: '{"candidates":[]}' },
    { data: '{"candidates":[{"content":{"role":"model"},"index":0}]}' },
    {
      data: '{"candidates":[{"content":{"parts":[{"text":""}],"role":"model"}}],"promptFeedback":{}}',
    },
    { data: "" },
  ],
};

/** Fields that a provider may leave out, or send as null. */
const optional: Readonly<Record<WireWriter["dialect"], readonly string[]>> = {
  openai: [
    "usage",
    "error",
    "logprobs",
    "refusal",
    "tool_calls",
    "function_call",
    "audio",
    "annotations",
    "reasoning",
    "reasoning_content",
    "reasoning_details",
    "system_fingerprint",
    "service_tier",
    "native_finish_reason",
    "stop_reason",
    "prompt_tokens_details",
  ],
  anthropic: ["container", "citations", "caller", "context_management", "stop_details", "error"],
  gemini: [
    "promptFeedback",
    "safetyRatings",
    "citationMetadata",
    "finishMessage",
    "groundingMetadata",
    "tokenCount",
    "thought",
    "thoughtSignature",
    "functionCall",
    "inlineData",
    "error",
  ],
};

const unknownValues: readonly unknown[] = [
  null,
  "text",
  "",
  7,
  -1.5,
  true,
  [],
  {},
  [{ text: "not an answer" }],
  { error: { message: "not an error", code: 429 } },
  { content: "not an answer", finish_reason: "length" },
];

function mutateJson(data: string, dialect: WireWriter["dialect"], random: SeededRandom): string {
  const indent = random.chance(0.7) ? 0 : random.pick([1, "\t"]);
  const text = JSON.stringify(mutateValue(JSON.parse(data), dialect, random), null, indent);
  return random.chance(0.2) ? ` ${text} ` : text;
}

function mutateValue(
  value: unknown,
  dialect: WireWriter["dialect"],
  random: SeededRandom,
): unknown {
  if (Array.isArray(value)) return value.map((one) => mutateValue(one, dialect, random));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]): [string, unknown] =>
    // What a model writes as arguments is not the provider's to change, except for the order.
    key === "args" || key === "input" ? [key, inner] : [key, mutateValue(inner, dialect, random)],
  );
  if (random.chance(0.3)) entries.push([`x_${random.between(0, 99)}`, random.pick(unknownValues)]);
  if (random.chance(0.3)) {
    const name = random.pick(optional[dialect]);
    if (!(name in value)) entries.push([name, null]);
  }
  return Object.fromEntries(random.chance(0.5) ? shuffled(entries, random) : entries);
}

function shuffled<Item>(items: readonly Item[], random: SeededRandom): Item[] {
  return items
    .map((item) => ({ item, place: random.next() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
