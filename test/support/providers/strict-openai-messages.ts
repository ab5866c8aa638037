/** A message of a chat completion's request. */
export interface OpenAIMessage {
  readonly role: string;
  readonly content?: unknown;
  readonly tool_calls?: unknown;
  readonly tool_call_id?: unknown;
}

const openaiKeys: ReadonlySet<string> = new Set([
  "role",
  "content",
  "name",
  "tool_calls",
  "tool_call_id",
  "refusal",
]);

/**
 * Checks the rules for a history that OpenAI enforces: each tool call is answered once, right after the message that
 * made it, and nothing else is answered. An assistant message has text or calls. Arguments are JSON.
 *
 * @param allowedKeys the keys of a message that are not refused.
 * @returns What is wrong, or null.
 */
export function strictOpenAIMessages(
  messages: readonly OpenAIMessage[],
  allowedKeys: ReadonlySet<string> = openaiKeys,
): string | null {
  let open = new Set<string>();
  for (const [index, message] of messages.entries()) {
    const complain = (text: string): string => `messages[${index}] (${message.role}): ${text}`;
    for (const key of Object.keys(message))
      if (!allowedKeys.has(key)) return complain(`unknown key ${key}`);
    if (message.role === "tool") {
      const id = message.tool_call_id;
      if (typeof id !== "string" || !open.delete(id))
        return complain(`answers no open tool call: ${String(id)}`);
      if (typeof message.content !== "string") return complain("has no text");
      continue;
    }
    if (open.size > 0) return complain(`tool calls without a result: ${[...open].join()}`);
    if (message.role === "system" || message.role === "developer") {
      if (index > 0) return complain("system messages come first");
    } else if (message.role === "assistant") {
      const calls = callsOf(message);
      if (calls.length === 0 && (message.content === null || message.content === ""))
        return complain("is empty");
      open = new Set(calls.map((call) => call.id));
      if (open.size !== calls.length) return complain("repeats a tool call id");
      for (const call of calls)
        if (!isJson(call.function.arguments)) return complain("arguments are not JSON");
    } else if (message.role === "user") {
      if (message.content === "" || message.content === null) return complain("is empty");
    } else return complain("unknown role");
  }
  return open.size > 0 ? `tool calls without a result: ${[...open].join()}` : null;
}

export interface OpenAIToolCall {
  readonly id: string;
  readonly function: { readonly name: string; readonly arguments: string };
}

/** The tool calls that an assistant message makes. */
export function callsOf({ tool_calls: calls }: OpenAIMessage): readonly OpenAIToolCall[] {
  // A call of another shape fails the check that reads it.
  return Array.isArray(calls) ? (calls as readonly OpenAIToolCall[]) : [];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
