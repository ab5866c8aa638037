import type { Message, ToolCall } from "@node-llm/core";

/** A block of thinking as Anthropic sends it. It has to be sent back whole, with its signature. */
export type ThinkingBlock =
  | { readonly type: "thinking"; readonly thinking: string; readonly signature: string }
  | { readonly type: "redacted_thinking"; readonly data: string };

/**
 * Core's messages have no field for thinking. A symbol property survives core, which passes messages and tool calls on
 * as they are, and hooks that copy a message, but is not sent to a provider.
 */
const thinkingKey = Symbol("node-llm-trpc.thinking");

type Carrier = (Message | ToolCall) & { [thinkingKey]?: readonly ThinkingBlock[] };

/** Attaches thinking to the message or tool call that followed it. */
export function carryThinking<Target extends Message | ToolCall>(
  target: Target,
  blocks: readonly ThinkingBlock[],
): Target {
  return blocks.length === 0 ? target : { ...target, [thinkingKey]: blocks };
}

/** The thinking before an assistant message, or before its first tool call. */
export function carriedThinking(message: Message): readonly ThinkingBlock[] {
  const call: Carrier | undefined = message.tool_calls?.[0];
  const carrier: Carrier = message;
  return carrier[thinkingKey] ?? call?.[thinkingKey] ?? [];
}
