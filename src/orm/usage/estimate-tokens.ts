import type { ChatRequest, ContentPart, Message } from "@node-llm/core";
import { ModelRegistry, PricingRegistry, resolveModelAlias } from "@node-llm/core";

/** Tokens of a call. */
export interface CallTokens {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** Providers count an image as 85 to 1,600 tokens, depending on its size. */
export const imageTokens = 1_500;

/** About how many tokens a text has. */
export function textTokens(characters: number): number {
  return Math.ceil(characters / 4);
}

/** About how many tokens a request has: its messages and its tools. */
export function requestTokens({
  messages,
  tools,
}: Pick<ChatRequest, "messages" | "tools">): number {
  let characters = (tools?.length ?? 0) === 0 ? 0 : JSON.stringify(tools).length;
  let images = 0;
  for (const message of messages) {
    const { characters: more, images: moreImages } = measure(message);
    characters += more;
    images += moreImages;
  }
  return textTokens(characters) + images * imageTokens;
}

/** About how many tokens a question has: its text, or its parts when it has attachments. */
export function questionTokens(text: string, parts: readonly ContentPart[] | null): number {
  return requestTokens({
    messages: [{ role: "user", content: parts === null ? text : [...parts] }],
  });
}

function measure({ content, tool_calls: calls }: Message): { characters: number; images: number } {
  let characters = 0;
  let images = 0;
  for (const part of Array.isArray(content) ? content : [String(content ?? "")]) {
    if (typeof part === "string") characters += part.length;
    else if (part.type === "text") characters += part.text.length;
    else images++;
  }
  for (const call of calls ?? [])
    characters += call.function.name.length + call.function.arguments.length;
  return { characters, images };
}

/**
 * What tokens cost in US dollars; null when the price of the model is not known.
 *
 * @param model its name or alias.
 */
export function priceOf(
  { inputTokens, outputTokens }: CallTokens,
  model: string,
  provider: string,
): number | null {
  const name = resolveModelAlias(model, provider);
  // Core takes a price that its registry lacks for 0.
  const { standard } = PricingRegistry.getPricing(name, provider)?.text_tokens ?? {};
  const isKnown =
    standard?.input_per_million !== undefined && standard.output_per_million !== undefined;
  if (!isKnown) return null;
  const usage = {
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
  };
  const priced = ModelRegistry.calculateCost(usage, name, provider);
  return "cost" in priced ? priced.cost : null;
}
