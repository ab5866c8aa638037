import { isDeepStrictEqual } from "node:util";

import type { ObservedAnswer } from "./observed-answer.ts";
import type { WireCase } from "./wire-case.ts";

/** Compares an answer with what its case expects, as `expect` is defined; empty when all is right. */
export function caseDifferences(
  { expect: expected }: Pick<WireCase, "expect">,
  answer: ObservedAnswer,
): string[] {
  const differences: string[] = [];
  const compare = (name: string, actual: unknown, wanted: unknown): void => {
    const options: readonly unknown[] = Array.isArray(wanted) ? wanted : [wanted];
    if (wanted !== undefined && !options.some((option) => isDeepStrictEqual(actual, option)))
      differences.push(`${name} is ${JSON.stringify(actual)} instead of ${JSON.stringify(wanted)}`);
  };
  compare("status", answer.status, expected.status);
  compare("content", answer.content, expected.content);
  compare("thinking", answer.thinking, expected.thinking);
  compare("finishReason", answer.finishReason, expected.finishReason);
  compare(
    "error.code",
    answer.error?.code ?? null,
    expected.errorCode ?? (expected.status === "complete" ? null : undefined),
  );
  if (answer.error?.retryable !== undefined)
    compare("error.retryable", answer.error.retryable, expected.retryable);
  compare("usage.inputTokens", answer.usage.inputTokens, expected.usage?.inputTokens);
  compare("usage.outputTokens", answer.usage.outputTokens, expected.usage?.outputTokens);
  if (!sameCost(answer.usage.cost, expected.usage?.cost))
    differences.push(`cost is ${answer.usage.cost} instead of ${expected.usage?.cost}`);
  differences.push(...tokenDifferences(answer.usage), ...callDifferences(answer, expected));
  return differences;
}

/** Whether two costs in US dollars are the same to a millionth. */
export function sameCost(actual: number | null, expected: number | null | undefined): boolean {
  if (expected === undefined || actual === expected) return true;
  return actual !== null && expected !== null && Math.abs(actual - expected) < 1e-6;
}

/** Tokens are null or integers, and never negative. */
export function tokenDifferences(usage: {
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
}): string[] {
  const isCount = (tokens: unknown): boolean =>
    tokens === null || (Number.isInteger(tokens) && Number(tokens) >= 0);
  return [usage.inputTokens, usage.outputTokens]
    .filter((tokens) => !isCount(tokens))
    .map((tokens) => `${JSON.stringify(tokens)} is no number of tokens`);
}

function callDifferences(
  { toolCalls }: ObservedAnswer,
  { toolCalls: expected = [] }: WireCase["expect"],
): string[] {
  const differences: string[] = [];
  const [made, wanted] = [toolCalls, expected].map((calls) => calls.map(callText).toSorted());
  if (!isDeepStrictEqual(made, wanted))
    differences.push(`the tool calls are ${made?.join()} instead of ${wanted?.join()}`);
  const ids = toolCalls.map((call) => call.id);
  if (new Set(ids).size < ids.length || ids.includes(""))
    differences.push(`the ids of the calls are ${JSON.stringify(ids)}`);
  for (const { name, status } of toolCalls)
    if (status !== "complete") differences.push(`the call of ${name} is ${String(status)}`);
  return differences;
}

/** A call as a text that does not depend on the order of its arguments. */
export function callText(call: { readonly name: string; readonly arguments: unknown }): string {
  const value = call.arguments;
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  const sorted = isObject
    ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => a.localeCompare(b)))
    : value;
  return `${call.name}(${JSON.stringify(sorted)})`;
}
