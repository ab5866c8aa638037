import type { ContentPart, Message, ToolCall } from "@node-llm/core";
import type { Database } from "./database.ts";
import { decodeParts } from "./message-parts.ts";
import type { MessageRow, ToolCallRow } from "./rows.ts";

/** How much of a chat the provider is to see. Everything by default. */
export interface ContextLimits {
  /** At most this many messages; an answer with its tool calls counts as one. */
  readonly maxMessages?: number | undefined;
  /** At most about this many tokens, taken as four characters each. */
  readonly maxTokens?: number | undefined;
}

/** The messages of the active branch, oldest first. */
export function readBranch(db: Database, chatId: string): Promise<MessageRow[]> {
  return db.message.findMany({
    where: { chatId, ...(db.has("message", "active") ? { active: true } : {}) },
    orderBy: branchOrder(db, "asc"),
  });
}

/** Rows from before positions existed come first, in the order of their creation. */
export function branchOrder(db: Database, sort: "asc" | "desc"): unknown[] {
  const byTime = [{ createdAt: sort }, { id: sort }];
  if (!db.has("message", "position")) return byTime;
  return [{ position: { sort, nulls: sort === "asc" ? "first" : "last" } }, ...byTime];
}

/** The tool calls of the given messages, in the order in which they were asked for. */
export async function readToolCalls(
  db: Database,
  messages: readonly MessageRow[],
): Promise<ToolCallRow[]> {
  const ids = messages
    .filter((row) => row.role === "assistant" && (row.parts === undefined || hasTools(row)))
    .map((row) => row.id);
  const rows: ToolCallRow[] = [];
  for (let start = 0; start < ids.length; start += 500) {
    rows.push(
      ...(await db.toolCall.findMany({
        where: { messageId: { in: ids.slice(start, start + 500) } },
        orderBy: db.has("toolCall", "position")
          ? [{ position: "asc" }, { createdAt: "asc" }, { id: "asc" }]
          : [{ createdAt: "asc" }, { id: "asc" }],
      })),
    );
  }
  return rows;
}

/** An answer without an order of parts may be one in progress, or older than this package. */
function hasTools(row: MessageRow): boolean {
  return row.parts == null || row.parts.includes('["tool"');
}

/** Cuts the oldest messages so that the rest fits, and begins with a user message. */
export function limitHistory(
  rows: readonly MessageRow[],
  limits: ContextLimits,
): readonly MessageRow[] {
  const { maxMessages = Infinity, maxTokens = Infinity } = limits;
  let first = rows.length;
  let tokens = 0;
  while (first > 0 && rows.length - first < maxMessages) {
    tokens += Math.ceil(sizeOf(rows[first - 1]) / 4);
    if (tokens > maxTokens && first < rows.length) break;
    first--;
  }
  if (first === 0) return rows;
  while (first < rows.length - 1 && rows[first]?.role !== "user") first++;
  return rows.slice(first);
}

function sizeOf(row: MessageRow | undefined): number {
  return (row?.contentRaw ?? row?.content ?? "").length;
}

/**
 * What happened, as the messages that a provider takes: text and tool calls in order, each call followed
 * by its result. A call without a result gets an error as its result, since providers refuse a history
 * in which a call is left open. Empty answers are left out.
 */
export function replay(rows: readonly MessageRow[], toolCalls: readonly ToolCallRow[]): Message[] {
  const callsByMessage = groupByMessage(toolCalls);
  return rows.flatMap((row) => {
    if (row.role === "assistant") return replayAnswer(row, callsByMessage.get(row.id) ?? []);
    if (row.role !== "user" && row.role !== "system") return [];
    return [{ role: row.role, content: userContent(row) }];
  });
}

function groupByMessage(toolCalls: readonly ToolCallRow[]): Map<string, ToolCallRow[]> {
  const groups = new Map<string, ToolCallRow[]>();
  for (const call of toolCalls) {
    const group = groups.get(call.messageId);
    if (group === undefined) groups.set(call.messageId, [call]);
    else group.push(call);
  }
  return groups;
}

/** The content of a user message as it was sent: with its attachments when it has some. */
export function userContent(row: MessageRow): string | ContentPart[] {
  if (row.contentRaw === null) return row.content ?? "";
  try {
    const parts: unknown = JSON.parse(row.contentRaw);
    // Written by this package as the content parts that were sent; anything else is not ours to replay.
    if (Array.isArray(parts)) return parts as ContentPart[];
  } catch {
    // Not JSON: a payload of somebody else's. The text is in `content`.
  }
  return row.content ?? "";
}

function replayAnswer(row: MessageRow, calls: readonly ToolCallRow[]): Message[] {
  const byId = new Map(calls.map((call) => [call.toolCallId, call]));
  const parts = decodeParts(row.parts, row.content ?? "", row.thinkingText ?? "", [...byId.keys()]);
  const messages: Message[] = [];
  let text = "";
  let open: ToolCallRow[] = [];
  const flush = (): void => {
    if (open.length > 0) {
      messages.push({
        role: "assistant",
        content: text === "" ? null : text,
        tool_calls: open.map(toToolCall),
      });
      messages.push(...open.map(toToolResult));
    } else if (text !== "") messages.push({ role: "assistant", content: text });
    text = "";
    open = [];
  };
  for (const { part } of parts) {
    if (part.type === "tool") {
      const call = byId.get(part.toolCallId);
      if (call === undefined) continue;
      if (open.length > 0 && (open[0]?.step ?? 0) !== (call.step ?? 0)) flush();
      open.push(call);
    } else {
      if (open.length > 0) flush();
      if (part.type === "text") text += part.text;
    }
  }
  flush();
  return messages;
}

function toToolCall(call: ToolCallRow): ToolCall {
  return {
    id: call.toolCallId,
    type: "function",
    function: { name: call.name, arguments: isJson(call.arguments) ? call.arguments : "{}" },
  };
}

function toToolResult(call: ToolCallRow): Message {
  const isError = call.result === null || call.status === "error";
  return {
    role: "tool",
    tool_call_id: call.toolCallId,
    content: call.result ?? "Error: the tool did not finish and has no result.",
    ...(isError ? { isError } : {}),
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
