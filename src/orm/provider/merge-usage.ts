import type { Usage } from "@node-llm/core";

/** Some providers report their usage in pieces, each with the totals that it knows and 0 for the rest. */
export function mergeUsage(known: Usage | undefined, next: Usage | undefined): Usage | undefined {
  if (known === undefined || next === undefined) return next ?? known;
  const input = Math.max(known.input_tokens, next.input_tokens);
  const output = Math.max(known.output_tokens, next.output_tokens);
  return {
    ...known,
    ...next,
    input_tokens: input,
    output_tokens: output,
    total_tokens: input + output,
  };
}
