import { findModel } from "../../orm/usage/find-model.ts";
import type { ContextLimits } from "../../orm/provider/history.ts";
import { typicalTokens } from "../../orm/usage/text-tokens.ts";

/** The window of a model that NodeLLM does not know, in tokens. */
const unknownWindow = 128_000;
/** Tokens are estimated from the text, so that a part of the window stays free. */
const usableShare = 0.9;

/**
 * The history that a model can read: its context window, without the answer and the system prompt, unless the app sets
 * another limit.
 */
export function contextWithinWindow(
  context: ContextLimits | undefined,
  {
    model,
    provider,
    maxOutputTokens,
    instructions,
  }: {
    model: string;
    provider: string;
    maxOutputTokens: number;
    instructions: readonly string[];
  },
): ContextLimits & { readonly maxTokens: number } {
  const { maxTokens, ...rest } = context ?? {};
  if (maxTokens === "unlimited") return { ...rest, maxTokens: Infinity };
  if (maxTokens !== undefined) return { ...rest, maxTokens };
  const window = findModel(model, provider)?.context_window ?? unknownWindow;
  const readable = Math.max(window - maxOutputTokens, window / 2);
  const prompt = instructions.reduce((tokens, text) => tokens + typicalTokens(text), 0);
  return { ...rest, maxTokens: Math.max(0, Math.floor(readable * usableShare) - prompt) };
}
