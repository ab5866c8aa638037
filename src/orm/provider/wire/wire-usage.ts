import type { Usage } from "@node-llm/core";
import { ModelRegistry, PricingRegistry } from "@node-llm/core";
import { maxTokens } from "../../../chat/add-usage.ts";
import { asNumber } from "../../../shared/json-value.ts";

/** The tokens and the cost that a provider has reported for a call. Null when it has not. */
export interface WireUsage {
  /** All tokens that the model read, those from its cache included. */
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  /** The part of the input that was read from the provider's cache. */
  readonly cachedTokens: number | null;
  /** The part of the input that was written to the provider's cache, at a price of its own. */
  readonly cacheWriteTokens: number | null;
  /** The part of the output that was thinking. */
  readonly reasoningTokens: number | null;
  /** US dollars. */
  readonly cost: number | null;
}

/** A number, also as a text; null for anything else, for less than 0, and for more than can be added exactly. */
export function asAmount(value: unknown): number | null {
  const amount = asNumber(value);
  return amount >= 0 && amount <= Number.MAX_SAFE_INTEGER ? amount : null;
}

/** A number of tokens, rounded; null for more than a row can hold. */
export function asTokens(value: unknown): number | null {
  const amount = asAmount(value);
  return amount === null || amount > maxTokens ? null : Math.round(amount);
}

/** The sum of those that are known; null when none is. */
export function sumTokens(...values: readonly unknown[]): number | null {
  const known = values.map(asTokens).filter((value) => value !== null);
  return known.length === 0
    ? null
    : Math.min(
        known.reduce((sum, value) => sum + value, 0),
        maxTokens,
      );
}

/** Providers that report usage several times report running totals, some of them with zeros in the last report. */
export function mergeWireUsage(known: WireUsage | null, next: WireUsage): WireUsage {
  if (known === null) return next;
  return {
    inputTokens: larger(known.inputTokens, next.inputTokens),
    outputTokens: larger(known.outputTokens, next.outputTokens),
    cachedTokens: larger(known.cachedTokens, next.cachedTokens),
    cacheWriteTokens: larger(known.cacheWriteTokens, next.cacheWriteTokens),
    reasoningTokens: larger(known.reasoningTokens, next.reasoningTokens),
    cost: larger(known.cost, next.cost),
  };
}

function larger(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}

/** The usage as core has it, with the cost. */
export function toCoreUsage(usage: WireUsage, model: string, provider: string): Usage {
  const input = usage.inputTokens ?? 0;
  const output = usage.outputTokens ?? 0;
  const cost = usage.cost ?? costOf(usage, model, provider);
  return {
    input_tokens: input,
    output_tokens: output,
    total_tokens: input + output,
    ...(usage.cachedTokens === null ? {} : { cached_tokens: usage.cachedTokens }),
    ...(usage.cacheWriteTokens === null ? {} : { cache_creation_tokens: usage.cacheWriteTokens }),
    ...(cost === null ? {} : { cost }),
  };
}

/** Anthropic charges 1.25 times the input price for what it writes: https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching#pricing. */
const cacheWriteFactor = 1.25;

/** The cost at core's prices; null when core has none. */
function costOf(usage: WireUsage, model: string, provider: string): number | null {
  const { inputTokens, outputTokens, cachedTokens, cacheWriteTokens } = usage;
  const written = cacheWriteTokens ?? 0;
  const input = Math.max(0, (inputTokens ?? 0) - written);
  const core = {
    input_tokens: input,
    output_tokens: outputTokens ?? 0,
    total_tokens: input + (outputTokens ?? 0),
    cached_tokens: Math.min(cachedTokens ?? 0, input),
  };
  const priced: Usage = ModelRegistry.calculateCost(core, model, provider);
  if (priced.cost === undefined) return null;
  const prices = PricingRegistry.getPricing(model, provider)?.text_tokens?.standard;
  const inputPrice = prices?.input_per_million ?? 0;
  return Number((priced.cost + (written / 1_000_000) * inputPrice * cacheWriteFactor).toFixed(6));
}
