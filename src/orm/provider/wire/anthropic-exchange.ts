import type { Message, ToolCall } from "@node-llm/core";
import type { WireExchange } from "../call/provider-call.ts";
import type { ThinkingBlock } from "./thinking-blocks.ts";
import { carriedThinking } from "./thinking-blocks.ts";

interface Block {
  readonly type: string;
  readonly text?: string;
  readonly id?: string;
  readonly name?: string;
}

interface RequestBody {
  messages: { role: string; content: string | readonly Block[] }[];
  thinking?: { readonly type?: string };
  tools?: readonly unknown[];
  tool_choice?: unknown;
}

/** A content block of a response, as far as it is read here: https://docs.anthropic.com/en/api/messages-streaming. */
interface WireBlock {
  readonly type?: string;
  readonly id?: string;
  readonly name?: string;
  readonly input?: unknown;
  thinking?: string;
  signature?: string;
  readonly data?: string;
}

interface WireEvent {
  readonly type?: string;
  readonly index?: number;
  readonly content_block?: WireBlock;
  readonly delta?: {
    readonly type?: string;
    readonly thinking?: string;
    readonly signature?: string;
    readonly partial_json?: string;
    readonly stop_reason?: string | null;
  };
}

/**
 * One request to Anthropic's Messages API, with what core leaves out. Core does not send thinking back, although
 * Anthropic requires it in a tool round trip, it loses redacted thinking, and it drops the tool calls of a stream.
 */
export class AnthropicExchange implements WireExchange {
  readonly #sent: readonly Message[];
  readonly #blocks = new Map<number, { block: WireBlock; json: string }>();
  #stopReason: string | null = null;

  /** @param sent the messages that core's provider gets, with the thinking attached to them. */
  constructor(sent: readonly Message[]) {
    this.#sent = sent.filter((message) => message.role === "assistant");
  }

  /** The complete blocks of thinking in the response, in order. */
  get thinking(): ThinkingBlock[] {
    return this.#ordered().flatMap(({ block }): ThinkingBlock[] => {
      const { type, thinking, signature, data } = block;
      if (type === "thinking" && thinking && signature) return [{ type, thinking, signature }];
      if (type === "redacted_thinking" && data) return [{ type, data }];
      return [];
    });
  }

  /** The tool calls of the response; none when it broke off in one of them. */
  get toolCalls(): ToolCall[] {
    if (this.#stopReason !== "tool_use") return [];
    return this.#ordered().flatMap(({ block: { type, id, name, input }, json }): ToolCall[] => {
      if (type !== "tool_use" || id === undefined || name === undefined) return [];
      const args = json === "" ? JSON.stringify(input ?? {}) : json;
      return [{ id, type: "function", function: { name, arguments: args } }];
    });
  }

  rewrite(text: string): string {
    // Core's provider has just written it.
    const body = JSON.parse(text) as RequestBody;
    const isThinking = body.thinking !== undefined && body.thinking.type !== "disabled";
    const used = new Set<string>();
    const messages = isThinking ? restoreThinking(body.messages, this.#sent) : body.messages;
    for (const { content } of messages) {
      if (typeof content === "string") continue;
      for (const { type, name } of content)
        if (type === "tool_use" && name !== undefined) used.add(name);
    }
    if (used.size === 0 || body.tools !== undefined) return JSON.stringify({ ...body, messages });
    // Anthropic refuses a history with tool calls in a request without tools.
    return JSON.stringify({
      ...body,
      messages,
      tools: [...used].map((name) => ({
        name,
        description: "No longer available.",
        input_schema: { type: "object", properties: {} },
      })),
      tool_choice: { type: "none" },
    });
  }

  readLine(line: string): void {
    if (!line.startsWith("data:")) return;
    const event = parse(line.slice("data:".length)) as WireEvent | null;
    if (event === null) return;
    const { index = 0, content_block: started, delta } = event;
    if (event.type === "content_block_start" && started !== undefined)
      this.#blocks.set(index, { block: { ...started }, json: "" });
    const open = this.#blocks.get(index);
    if (event.type === "content_block_delta" && open !== undefined && delta !== undefined) {
      if (delta.thinking) open.block.thinking = (open.block.thinking ?? "") + delta.thinking;
      if (delta.signature) open.block.signature = (open.block.signature ?? "") + delta.signature;
      if (delta.partial_json) open.json += delta.partial_json;
    }
    if (event.type === "message_delta") this.#stopReason = delta?.stop_reason ?? this.#stopReason;
  }

  readBody(text: string): void {
    const response = parse(text) as { content?: WireBlock[]; stop_reason?: string } | null;
    this.#stopReason = response?.stop_reason ?? null;
    for (const [index, block] of (response?.content ?? []).entries())
      this.#blocks.set(index, { block, json: "" });
  }

  #ordered() {
    return [...this.#blocks].toSorted(([a], [b]) => a - b).map(([, entry]) => entry);
  }
}

/**
 * Puts thinking back before the message that it led to. Core merges adjacent messages of the same role, so each of them
 * is found by its first block, in order.
 */
function restoreThinking(
  messages: RequestBody["messages"],
  sent: readonly Message[],
): RequestBody["messages"] {
  let next = 0;
  return messages.map((message) => {
    if (message.role !== "assistant") return message;
    const blocks: readonly Block[] =
      typeof message.content === "string"
        ? [{ type: "text", text: message.content }]
        : message.content;
    const content = blocks.flatMap((block): readonly (Block | ThinkingBlock)[] => {
      const found = sent.findIndex((one, index) => index >= next && beginsWith(one, block));
      const source = sent[found];
      if (source === undefined) return [block];
      next = found + 1;
      return [...carriedThinking(source), block];
    });
    return content.length === blocks.length ? message : { ...message, content };
  });
}

function beginsWith(message: Message, block: Block): boolean {
  const text = String(message.content ?? "");
  if (text !== "") return block.type === "text" && block.text === text;
  return block.type === "tool_use" && block.id === message.tool_calls?.[0]?.id;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
