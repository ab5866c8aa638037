import { createHash } from "node:crypto";
import type {
  ChatRequest,
  ContentPart,
  Message,
  Provider,
  ThinkingConfig,
  ToolCall,
  ToolDefinition,
} from "@node-llm/core";
import { asRecord } from "../../shared/json-value.ts";
import { toWireFile } from "./file-parts.ts";
import type { ProviderFacts } from "./provider-facts.ts";
import { providerFacts } from "./provider-facts.ts";
import { toGeminiSchema } from "./to-gemini-schema.ts";

/** Completes the requests of one turn, in their order: core leaves both settings out of the calls that follow tools. */
export function createCompletion(): (request: ChatRequest) => ChatRequest {
  let thinking: ThinkingConfig | undefined;
  let headers: Record<string, string> | undefined;
  return (request) => {
    thinking = request.thinking ?? thinking;
    headers = { ...request.headers, ...headers };
    return { ...request, headers, ...(thinking === undefined ? {} : { thinking }) };
  };
}

/** Prepares a request for the provider's API. */
export function prepareRequest(request: ChatRequest, provider: Provider): ChatRequest {
  const facts = providerFacts(provider.id);
  const { tools: _tools, max_tokens: maxTokens, ...rest } = request;
  const tools = toolsOf(request, facts);
  const budget = facts.countsThinkingBudget ? (request.thinking?.budget ?? 0) : 0;
  return {
    ...rest,
    messages: toWireMessages(
      request.messages.map((message) => withFiles(message, provider, request.model)),
      facts,
    ),
    // APIs refuse an empty list of tools.
    ...(tools.length === 0 ? {} : { tools }),
    // APIs refuse a limit that is not above the budget.
    ...(maxTokens === undefined
      ? {}
      : { max_tokens: maxTokens <= budget ? budget + maxTokens : maxTokens }),
  };
}

/** Adds a signal that is not enumerable, because Anthropic's provider copies unknown properties into the body. */
export function withSignal(request: ChatRequest, signal: AbortSignal): ChatRequest {
  return Object.defineProperty({ ...request }, "signal", { value: signal, enumerable: false });
}

/**
 * The messages as the provider's API takes them, even when another provider wrote the earlier ones: one system message,
 * unique tool call ids in the provider's format, arguments that are objects, and none of the keys that core leaks.
 */
export function toWireMessages(messages: readonly Message[], facts: ProviderFacts): Message[] {
  const wire = wireIds(inTurns(withOneSystemMessage(messages).map(clean), facts), facts);
  return facts.dialect === "anthropic" ? wire.map(withoutBlankText) : wire;
}

/** Arguments that every provider accepts in a history: an empty object in place of anything but a JSON object. */
export function objectJson(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? text : "{}";
  } catch {
    return "{}";
  }
}

/** Core's Anthropic provider sends only the last system message, and some models accept only the first. */
function withOneSystemMessage(messages: readonly Message[]): readonly Message[] {
  const isSystem = ({ role }: Message): boolean => role === "system" || role === "developer";
  const system = messages.filter(isSystem);
  const [first] = system;
  if (first === undefined || (system.length === 1 && messages[0] === first)) return messages;
  const texts = new Set(system.map(systemText).filter((text) => text.trim() !== ""));
  const rest = messages.filter((message) => !isSystem(message));
  return texts.size === 0
    ? rest
    : [{ role: first.role, content: [...texts].join("\n\n") }, ...rest];
}

function systemText({ content }: Message): string {
  if (!Array.isArray(content)) return content === null ? "" : String(content);
  return content.map((part) => (part.type === "text" ? part.text : "")).join("\n");
}

function clean(message: Message): Message {
  const { usage: _usage, reasoning: _reasoning, isError, tool_calls: calls, ...rest } = message;
  const wire: Message = { ...rest };
  if (wire.content instanceof String) wire.content = wire.content.toString();
  if (calls !== undefined && calls.length > 0)
    wire.tool_calls = calls.map((call) => withArguments(call, objectJson(call.function.arguments)));
  // Read by core's Anthropic and Bedrock providers. Others send messages as they are, and must not send this.
  if (isError === true)
    Object.defineProperty(wire, "isError", { value: true, enumerable: false, configurable: true });
  return wire;
}

function withFiles(message: Message, provider: Provider, model: string): Message {
  if (!Array.isArray(message.content)) return message;
  return { ...message, content: message.content.map((part) => toWireFile(part, provider, model)) };
}

function withArguments(call: ToolCall, args: string): ToolCall {
  if (call.function.arguments === args) return call;
  return { ...call, function: { ...call.function, arguments: args } };
}

/** Gives each call an id of its own. A result belongs to the newest call with its id. */
function wireIds(messages: Message[], facts: ProviderFacts): Message[] {
  const taken = new Set<string>();
  let open = new Map<string, { id: string; name: string }>();
  for (const message of messages) {
    if (message.tool_calls !== undefined) {
      open = new Map();
      message.tool_calls = message.tool_calls.map((call) => {
        const id = wireId(call.id, facts, taken);
        open.set(call.id, { id, name: call.function.name });
        return id === call.id ? call : { ...call, id };
      });
    } else if (message.role === "tool") {
      const call = open.get(message.tool_call_id ?? "");
      if (call !== undefined) message.tool_call_id = facts.namesToolResults ? call.name : call.id;
    }
  }
  return messages;
}

function wireId(id: string, { toolCallIds }: ProviderFacts, taken: Set<string>): string {
  const derive = (count: number): string =>
    toolCallIds.create(createHash("sha256").update(`${id}\n${count}`).digest("hex"));
  let wire = toolCallIds.valid.test(id) ? id : derive(0);
  for (let count = 1; taken.has(wire); count++) wire = derive(count);
  taken.add(wire);
  return wire;
}

/** Messages in an order that the API accepts, after an answer that failed or was stopped. */
function inTurns(messages: readonly Message[], facts: ProviderFacts): Message[] {
  const { wantsAnswerAfterTools, wantsTurns, refusesBlankText, dialect } = facts;
  const turns: Message[] = [];
  /** The contents of the last turn. They are joined once, because a history may have thousands of them in a row. */
  let contents: Message["content"][] = [];
  const endTurn = (): void => {
    const last = turns.at(-1);
    if (last !== undefined && contents.length > 1)
      turns.splice(-1, 1, { ...last, content: joinContents(contents) });
  };
  for (const given of messages) {
    const message = refusesBlankText ? withResult(given) : given;
    const last = turns.at(-1);
    const isFirst = last === undefined || last.role === "system";
    if (wantsTurns && message.role === last?.role && isPlain(last)) {
      turns.splice(-1, 1, message);
      contents.push(message.content);
      continue;
    }
    endTurn();
    contents = [message.content];
    // Core joins neighbors of one role for Anthropic's API, which wants turns too.
    if (isFirst && message.role === "assistant" && (wantsTurns || dialect === "anthropic"))
      turns.push({ role: "user", content: "(The assistant speaks first.)" }, message);
    else if (message.role === "user" && last?.role === "tool" && wantsAnswerAfterTools)
      turns.push({ role: "assistant", content: "(No answer.)" }, message);
    else turns.push(message);
  }
  endTurn();
  return turns;
}

/** Whether a message has only content, so that the next one of its role can be joined to it. */
function isPlain({ role, tool_calls: calls }: Message): boolean {
  return role !== "tool" && calls === undefined;
}

function withResult(message: Message): Message {
  const { role, content } = message;
  const isBlank = typeof content === "string" && content.trim() === "";
  return role === "tool" && isBlank ? { ...message, content: "(No result.)" } : message;
}

function joinContents(contents: readonly Message["content"][]): Message["content"] {
  if (contents.some((content) => Array.isArray(content))) return contents.flatMap(partsOf);
  const texts = contents.filter((text) => text !== null);
  return texts.length === 0 ? null : texts.map(String).join("\n\n");
}

function partsOf(content: Message["content"]): ContentPart[] {
  return Array.isArray(content) ? content : [{ type: "text", text: String(content ?? "") }];
}

/** The tools as the API takes them. Bedrock's refuses a history with calls when the request has no tools. */
function toolsOf(
  { tools = [], messages }: ChatRequest,
  { dialect }: ProviderFacts,
): ToolDefinition[] {
  if (dialect === "gemini") return tools.map(toGeminiTool);
  if (dialect !== "bedrock" || tools.length > 0) return tools;
  const calls = messages.flatMap((message) => message.tool_calls ?? []);
  return [...new Set(calls.map((call) => call.function.name))].map((name) => ({
    type: "function",
    function: {
      name,
      description: "Not available any more.",
      parameters: { type: "object", properties: {} },
    },
  }));
}

function toGeminiTool(tool: ToolDefinition): ToolDefinition {
  const { function: definition } = tool;
  const parameters = asRecord(toGeminiSchema(definition.parameters));
  return { ...tool, function: { ...definition, parameters } };
}

function withoutBlankText(message: Message): Message {
  const isBlank = typeof message.content === "string" && message.content.trim() === "";
  if (message.tool_calls !== undefined && isBlank) message.content = null;
  return message;
}
