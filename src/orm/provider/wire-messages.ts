import { createHash } from "node:crypto";
import type { Message, ToolCall } from "@node-llm/core";

/**
 * The messages as the provider's API takes them, whichever provider has written the earlier ones: one system
 * message, tool call ids of the provider's form and each of them once, arguments that are an object, and
 * without the keys that core leaks into messages.
 */
export function toWireMessages(messages: readonly Message[], provider: string): Message[] {
  const name = provider.toLowerCase();
  const wire = wireIds(withOneSystemMessage(messages).map(clean), name);
  if (name !== "anthropic") return wire;
  const spoken = wire.map(withoutBlankText);
  // Anthropic's conversations begin with the user.
  const first = spoken.findIndex((message) => message.role !== "system");
  if (spoken[first]?.role === "assistant")
    spoken.splice(first, 0, { role: "user", content: "(The assistant speaks first.)" });
  return spoken;
}

/** Arguments that every provider takes back: those that are not a JSON object become an empty one. */
export function objectJson(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? text : "{}";
  } catch {
    return "{}";
  }
}

/** Anthropic takes the last system message alone, and some models none but the first. */
function withOneSystemMessage(messages: readonly Message[]): readonly Message[] {
  const isSystem = ({ role }: Message): boolean => role === "system" || role === "developer";
  const system = messages.filter(isSystem);
  const [first] = system;
  if (first === undefined || (system.length === 1 && messages[0] === first)) return messages;
  const texts = new Set(system.map(textOf).filter((text) => text.trim() !== ""));
  const rest = messages.filter((message) => !isSystem(message));
  return texts.size === 0
    ? rest
    : [{ role: first.role, content: [...texts].join("\n\n") }, ...rest];
}

function textOf({ content }: Message): string {
  if (!Array.isArray(content)) return content === null ? "" : String(content);
  return content.map((part) => (part.type === "text" ? part.text : "")).join("\n");
}

function clean(message: Message): Message {
  const { usage: _usage, reasoning: _reasoning, isError, tool_calls: calls, ...rest } = message;
  const wire: Message = { ...rest };
  if (wire.content instanceof String) wire.content = wire.content.toString();
  if (calls !== undefined && calls.length > 0)
    wire.tool_calls = calls.map((call) => withArguments(call, objectJson(call.function.arguments)));
  // Anthropic and Bedrock read it; the providers that send messages as they are must not send it.
  if (isError === true)
    Object.defineProperty(wire, "isError", { value: true, enumerable: false, configurable: true });
  return wire;
}

function withArguments(call: ToolCall, args: string): ToolCall {
  if (call.function.arguments === args) return call;
  return { ...call, function: { ...call.function, arguments: args } };
}

/** Each call gets an id of its own; a result is the answer to the newest call with its id. */
function wireIds(messages: Message[], provider: string): Message[] {
  const taken = new Set<string>();
  let open = new Map<string, { id: string; name: string }>();
  for (const message of messages) {
    if (message.tool_calls !== undefined) {
      open = new Map();
      message.tool_calls = message.tool_calls.map((call) => {
        const id = wireId(call.id, provider, taken);
        open.set(call.id, { id, name: call.function.name });
        return id === call.id ? call : { ...call, id };
      });
    } else if (message.role === "tool") {
      const call = open.get(message.tool_call_id ?? "");
      // Core's Gemini provider takes the id of a result for the name of the function.
      if (call !== undefined) message.tool_call_id = provider === "gemini" ? call.name : call.id;
    }
  }
  return messages;
}

/** Mistral takes nine letters and digits; the others at most 40 of letters, digits, `_` and `-`. */
function wireId(id: string, provider: string, taken: Set<string>): string {
  const isMistral = provider === "mistral";
  const isValid = (isMistral ? /^[a-zA-Z0-9]{9}$/ : /^[a-zA-Z0-9_-]{1,40}$/).test(id);
  const derive = (count: number): string => {
    const hash = createHash("sha256").update(`${id}\n${count}`).digest("hex");
    return isMistral ? hash.slice(0, 9) : `call_${hash.slice(0, 24)}`;
  };
  let wire = isValid ? id : derive(0);
  for (let count = 1; taken.has(wire); count++) wire = derive(count);
  taken.add(wire);
  return wire;
}

function withoutBlankText(message: Message): Message {
  const isBlank = typeof message.content === "string" && message.content.trim() === "";
  if (message.tool_calls !== undefined && isBlank) message.content = null;
  return message;
}
