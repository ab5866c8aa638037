import type { Message } from "@node-llm/core";
import { parseJson } from "../../../shared/json-value.ts";
import type { ThinkingBlock } from "./carried.ts";
import { carriedByMessage } from "./carried.ts";
import type { RequestRewriter } from "./dialect.ts";

interface Block {
  readonly type: string;
  readonly text?: string;
  readonly id?: string;
  readonly name?: string;
  readonly cache_control?: unknown;
}

interface WireMessage {
  readonly role: string;
  readonly content: string | readonly (Block | ThinkingBlock)[];
}

interface RequestBody {
  readonly messages: readonly WireMessage[];
  readonly system?: string;
  readonly thinking?: { readonly type?: string };
  readonly tools?: readonly object[];
}

/**
 * Adds what core leaves out of a request to Anthropic: the thinking that has to go back in a tool round trip, tools for
 * a history with tool calls, and the marks of what is to be cached.
 */
export const rewriteAnthropic: RequestRewriter = (text, { sent, cachesPrompt }) => {
  // Core's provider has just written it.
  const body = parseJson(text) as RequestBody;
  const isThinking = body.thinking !== undefined && body.thinking.type !== "disabled";
  const assistant = sent.filter((message) => message.role === "assistant");
  const messages = isThinking ? restoreThinking(body.messages, assistant) : body.messages;
  const whole = withTools({ ...body, messages });
  return JSON.stringify(cachesPrompt ? markForCache(whole) : whole);
};

/** Anthropic refuses a history with tool calls in a request without tools. */
function withTools(body: RequestBody): RequestBody {
  if (body.tools !== undefined) return body;
  const used = new Set<string>();
  for (const { content } of body.messages) {
    if (typeof content === "string") continue;
    for (const block of content)
      if (block.type === "tool_use" && "name" in block && block.name !== undefined)
        used.add(block.name);
  }
  if (used.size === 0) return body;
  const tools = [...used].map((name) => ({
    name,
    description: "No longer available.",
    input_schema: { type: "object", properties: {} },
  }));
  return Object.assign({ ...body, tools }, { tool_choice: { type: "none" } });
}

/** Anthropic caches nothing below this: https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching#cache-limitations. */
const minCachedTokens = 1024;
/** An estimate, on the side of marking in vain, which costs nothing. */
const charactersPerToken = 3;
const cached = { type: "ephemeral" };

/**
 * Marks the tools, the system prompt, and the history up to its last two user messages. The next request finds what
 * this one has written at the last mark, and a request that repeats this one at the mark before. Writing costs 1.25
 * times the input price and reading a tenth, so a mark pays from the second request on.
 */
function markForCache(body: RequestBody): object {
  const length = JSON.stringify(body).length;
  if (length < minCachedTokens * charactersPerToken) return body;
  const { tools, system, messages } = body;
  const lastUser = messages.findLastIndex(({ role }) => role === "user");
  const userBefore = messages.findLastIndex(({ role }, at) => role === "user" && at < lastUser);
  return {
    ...body,
    ...(tools === undefined
      ? {}
      : { tools: [...tools.slice(0, -1), { ...tools.at(-1), cache_control: cached }] }),
    ...(system ? { system: [{ type: "text", text: system, cache_control: cached }] } : {}),
    messages: messages.map((message, at) =>
      at === lastUser || at === userBefore ? markMessage(message) : message,
    ),
  };
}

/** The mark is on the last block that may have one: blank text and thinking may not. */
function markMessage(message: WireMessage): WireMessage {
  const { content } = message;
  const blocks = typeof content === "string" ? [{ type: "text", text: content }] : content;
  const last = blocks.findLastIndex(
    (block) =>
      block.type !== "thinking" &&
      block.type !== "redacted_thinking" &&
      !("text" in block && block.text?.trim() === ""),
  );
  const block = blocks[last];
  if (block === undefined) return message;
  return { ...message, content: blocks.with(last, { ...block, cache_control: cached }) };
}

/**
 * Puts thinking back before the message that it led to. Core merges adjacent messages of the same role, so each of them
 * is found by its first block, in order.
 */
function restoreThinking(
  messages: readonly WireMessage[],
  sent: readonly Message[],
): readonly WireMessage[] {
  let next = 0;
  return messages.map((message) => {
    if (message.role !== "assistant") return message;
    const blocks: readonly (Block | ThinkingBlock)[] =
      typeof message.content === "string"
        ? [{ type: "text", text: message.content }]
        : message.content;
    const content = blocks.flatMap((block): readonly (Block | ThinkingBlock)[] => {
      const found = sent.findIndex((one, index) => index >= next && beginsWith(one, block));
      const source = sent[found];
      if (source === undefined) return [block];
      next = found + 1;
      return [...(carriedByMessage(source).thinking ?? []), block];
    });
    return content.length === blocks.length ? message : { ...message, content };
  });
}

function beginsWith(message: Message, block: Block | ThinkingBlock): boolean {
  const text = String(message.content ?? "");
  if (text !== "") return block.type === "text" && "text" in block && block.text === text;
  return block.type === "tool_use" && "id" in block && block.id === message.tool_calls?.[0]?.id;
}
