import type { ChatChunk, ToolCall } from "@node-llm/core";
import type { AnthropicExchange } from "./wire/anthropic-exchange.ts";
import type { ProviderObserver } from "./provider-observer.ts";
import { carryThinking } from "./thinking-blocks.ts";
import { uniqueToolCalls } from "./unique-tool-calls.ts";

/** Tool calls are reported by themselves, when all of them are there. */
export async function* reportToolCalls(
  observer: ProviderObserver,
  given: readonly ToolCall[] | undefined,
  exchange: AnthropicExchange | null,
): AsyncGenerator<ChatChunk, void, undefined> {
  const calls = toolCallsOf(given, observer, exchange);
  if (calls === undefined) return;
  const runnable = await observer.onToolCalls(calls);
  if (runnable.length > 0) yield { content: "", tool_calls: [...runnable] };
}

/** The calls as core is to get them; undefined when there are none. */
export function toolCallsOf(
  calls: readonly ToolCall[] | undefined,
  observer: ProviderObserver,
  exchange: AnthropicExchange | null,
): ToolCall[] | undefined {
  const unique = uniqueToolCalls(calls, observer.toolCallIds);
  const [first, ...others] = unique ?? [];
  if (first === undefined) return undefined;
  return [carryThinking(first, exchange?.thinking ?? []), ...others];
}
