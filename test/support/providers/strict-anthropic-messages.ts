interface WireBlock {
  readonly type: string;
  readonly text?: unknown;
  readonly id?: unknown;
  readonly name?: unknown;
  readonly input?: unknown;
  readonly tool_use_id?: unknown;
  readonly thinking?: unknown;
  readonly signature?: unknown;
  readonly data?: unknown;
}

/** The body of a request to Anthropic's Messages API: https://docs.anthropic.com/en/api/messages. */
export interface AnthropicRequest {
  readonly model: string;
  readonly max_tokens: number;
  readonly messages: readonly {
    readonly role: string;
    readonly content: string | readonly WireBlock[];
  }[];
  readonly system?: unknown;
  readonly stream?: boolean;
  readonly temperature?: number;
  readonly thinking?: { readonly type: string; readonly budget_tokens?: number };
  readonly tools?: readonly { readonly name: string; readonly input_schema: unknown }[];
  readonly tool_choice?: { readonly type: string };
}

const bodyKeys = new Set([
  "model",
  "max_tokens",
  "messages",
  "system",
  "stream",
  "temperature",
  "top_p",
  "top_k",
  "stop_sequences",
  "metadata",
  "thinking",
  "tools",
  "tool_choice",
]);

/**
 * Checks the rules that Anthropic enforces: the user begins, and roles alternate. Each tool use is answered in the
 * next message, before anything else. Ids are used once. No text is blank. While thinking is enabled, an answer
 * that continues after a tool result begins with its thinking. The API refuses keys that it does not know.
 *
 * @param isSignature Whether the server has issued this signature for this thinking.
 * @returns What is wrong, or null.
 */
export function strictAnthropicMessages(
  body: AnthropicRequest,
  isSignature: (thinking: string, signature: string) => boolean = () => true,
): string | null {
  for (const key of Object.keys(body)) if (!bodyKeys.has(key)) return `unknown key ${key}`;
  if (!(body.max_tokens > 0)) return "max_tokens is missing";
  const isThinking = body.thinking?.type === "enabled";
  if (isThinking && !((body.thinking?.budget_tokens ?? 0) >= 1024))
    return "budget_tokens is below 1024";
  if (isThinking && body.max_tokens <= (body.thinking?.budget_tokens ?? 0))
    return "max_tokens must be greater than thinking.budget_tokens";
  for (const tool of body.tools ?? []) {
    const schema = tool.input_schema;
    if (typeof schema !== "object" || schema === null || !("type" in schema))
      return `tool ${tool.name} has no input_schema`;
    if (schema.type !== "object") return `tool ${tool.name}: input_schema.type must be object`;
    if (Object.keys(schema).some((key) => key.startsWith("_")))
      return `tool ${tool.name}: input_schema is not JSON Schema`;
  }
  return (
    checkMessages(body, isSignature) ??
    (isThinking ? checkThinking(body) : null) ??
    checkToolsAreDefined(body)
  );
}

function checkMessages(
  { messages }: AnthropicRequest,
  isSignature: (thinking: string, signature: string) => boolean,
): string | null {
  if (messages.length === 0) return "there are no messages";
  if (messages.at(-1)?.role !== "user") return "the last message is not the user's";
  const used = new Set<unknown>();
  let open = new Set<unknown>();
  for (const [index, message] of messages.entries()) {
    const complain = (text: string): string => `messages.${index} (${message.role}): ${text}`;
    if (message.role !== (index % 2 === 0 ? "user" : "assistant"))
      return complain("roles must alternate, and the user begins");
    for (const key of Object.keys(message))
      if (key !== "role" && key !== "content") return complain(`unknown key ${key}`);
    const blocks = blocksOf(message.content);
    if (blocks.length === 0) return complain("content is empty");
    let hasOther = false;
    for (const block of blocks) {
      const problem = checkBlock(block, message.role, isSignature);
      if (problem !== null) return complain(problem);
      if (block.type === "tool_use") {
        if (used.has(block.id)) return complain(`tool_use ids must be unique: ${String(block.id)}`);
        used.add(block.id);
      } else if (block.type === "tool_result") {
        if (hasOther) return complain("tool_result blocks come first");
        if (!open.delete(block.tool_use_id))
          return complain(`answers no tool_use: ${String(block.tool_use_id)}`);
      } else hasOther = true;
    }
    if (open.size > 0) return complain(`tool_use without a tool_result: ${[...open].join()}`);
    open = new Set(blocks.filter((one) => one.type === "tool_use").map((one) => one.id));
  }
  return null;
}

function checkBlock(
  block: WireBlock,
  role: string,
  isSignature: (thinking: string, signature: string) => boolean,
): string | null {
  switch (block.type) {
    case "text":
      return typeof block.text === "string" && block.text.trim() !== ""
        ? null
        : "text content blocks must contain non-whitespace text";
    case "image":
    case "document":
      return role === "user" ? null : `${block.type} from the assistant`;
    case "tool_use":
      if (role !== "assistant") return "tool_use from the user";
      if (typeof block.id !== "string" || !/^[a-zA-Z0-9_-]+$/.test(block.id))
        return `tool_use id ${String(block.id)} is malformed`;
      if (typeof block.input !== "object" || block.input === null || Array.isArray(block.input))
        return "tool_use input must be an object";
      return null;
    case "tool_result":
      return role === "user" ? null : "tool_result from the assistant";
    case "thinking":
      if (role !== "assistant") return "thinking from the user";
      if (typeof block.thinking !== "string" || typeof block.signature !== "string")
        return "thinking without a signature";
      return isSignature(block.thinking, block.signature)
        ? null
        : "Invalid `signature` in `thinking` block";
    case "redacted_thinking":
      return typeof block.data === "string" ? null : "redacted_thinking without data";
    default:
      return `unknown block type ${block.type}`;
  }
}

/** Checks the answer in progress: the assistant messages after the user's last message that is not a tool result. */
function checkThinking({ messages }: AnthropicRequest): string | null {
  const isResult = (message: AnthropicRequest["messages"][number]): boolean =>
    blocksOf(message.content).every((block) => block.type === "tool_result");
  const last = messages.at(-1);
  if (last === undefined || !isResult(last)) return null;
  const first = messages.findLastIndex((message) => message.role === "user" && !isResult(message));
  for (const message of messages.slice(first)) {
    if (message.role !== "assistant") continue;
    const type = blocksOf(message.content)[0]?.type;
    if (type !== "thinking" && type !== "redacted_thinking")
      return `Expected \`thinking\` or \`redacted_thinking\`, but found \`${String(type)}\``;
  }
  return null;
}

function checkToolsAreDefined({ messages, tools }: AnthropicRequest): string | null {
  const hasToolUse = messages.some((message) =>
    blocksOf(message.content).some((block) => block.type === "tool_use"),
  );
  return hasToolUse && (tools ?? []).length === 0
    ? "Requests which include `tool_use` or `tool_result` blocks must define tools"
    : null;
}

function blocksOf(content: string | readonly WireBlock[]): readonly WireBlock[] {
  return typeof content === "string" ? [{ type: "text", text: content }] : content;
}
