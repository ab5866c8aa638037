import type { Message, ToolCall } from "@node-llm/core";

/** A piece of thinking as Anthropic gives it and takes it back: only whole, and only signed. */
export type ThinkingBlock =
  | { readonly type: "thinking"; readonly thinking: string; readonly signature: string }
  | { readonly type: "redacted_thinking"; readonly data: string };

/**
 * Core's messages have no place for thinking. A property with a symbol for its name survives core, which
 * hands messages and tool calls on as they are, and a hook that copies a message; and no provider sends it.
 */
const thinkingKey = Symbol("node-llm-trpc.thinking");

type Carrier = (Message | ToolCall) & { [thinkingKey]?: readonly ThinkingBlock[] };

/** The message, or tool call, with the thinking that came before it. */
export function carryThinking<Target extends Message | ToolCall>(
  target: Target,
  blocks: readonly ThinkingBlock[],
): Target {
  return blocks.length === 0 ? target : { ...target, [thinkingKey]: blocks };
}

/** The thinking that came before an assistant message, or before its first tool call. */
export function carriedThinking(message: Message): readonly ThinkingBlock[] {
  const call: Carrier | undefined = message.tool_calls?.[0];
  const carrier: Carrier = message;
  return carrier[thinkingKey] ?? call?.[thinkingKey] ?? [];
}
