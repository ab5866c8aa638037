import { randomUUID } from "node:crypto";
import type { Message } from "@node-llm/core";
import { ChatError } from "../../chat/chat-error.ts";
import { groupBy } from "../../shared/group-by.ts";
import type { Database } from "../database/database.ts";
import type { Row } from "../database/prisma-client-like.ts";
import { emptyMessage } from "../database/rows.ts";
import { checkStorable } from "../database/storable-text.ts";
import { encodeParts } from "./stored-parts.ts";
import { uniqueToolCall } from "./unique-tool-call.ts";
import { readNewest } from "./read-branch.ts";

interface Rows {
  readonly messages: Row[];
  readonly toolCalls: Row[];
  /** The calls that have no result yet, by the id that the result will name. */
  readonly open: Map<string, Row[]>;
}

/**
 * Stores messages of core at the end of a chat, with their tool calls. `placeMessages` gives them their place.
 *
 * @param persistsToolCalls false to leave out tool calls and their results.
 * @throws ChatError `BAD_REQUEST` for a result without a call among the messages before it, or a text with NUL.
 */
export async function storeMessages(
  db: Database,
  chatId: string,
  messages: readonly Message[],
  persistsToolCalls: boolean,
): Promise<void> {
  const [newest] = await readNewest(db, chatId, 1);
  let time = Math.max(Date.now(), (newest?.createdAt.getTime() ?? 0) + 1);
  const rows: Rows = { messages: [], toolCalls: [], open: new Map() };
  for (const message of messages) addRows(rows, message, chatId, new Date(time++));
  const toolCalls = persistsToolCalls ? rows.toolCalls : [];
  await db.batch([
    db.message.createMany({ data: rows.messages.map((row) => db.pick("message", row)) }),
    ...(toolCalls.length === 0
      ? []
      : [db.toolCall.createMany({ data: toolCalls.map((row) => db.pick("toolCall", row)) })]),
  ]);
}

function addRows(rows: Rows, message: Message, chatId: string, createdAt: Date): void {
  const text = textOf(message);
  checkStorable("A message", text);
  if (message.role === "tool") return addResult(rows, message, text, createdAt);
  const role = message.role === "developer" ? "system" : message.role;
  const { position: _position, ...row } = emptyMessage(randomUUID(), chatId, role, createdAt);
  const given = message.tool_calls ?? [];
  const taken = new Set<string>();
  const calls = given.map((call) => uniqueToolCall(call, taken));
  const { usage, reasoning } = message;
  rows.messages.push({
    ...row,
    content: role === "assistant" && text === "" ? null : text,
    contentRaw: Array.isArray(message.content) ? JSON.stringify(message.content) : null,
    thinkingText: reasoning ?? null,
    inputTokens: usage?.input_tokens ?? null,
    outputTokens: usage?.output_tokens ?? null,
    cachedTokens: usage?.cached_tokens ?? null,
    cost: usage?.cost ?? null,
    finishedAt: role === "assistant" ? createdAt : null,
    parts: encodeParts([
      { type: "thinking", text: reasoning ?? "" },
      { type: "text", text: role === "assistant" ? text : "" },
      ...calls.map(({ id }) => ({ type: "tool" as const, toolCallId: id })),
    ]),
  });
  const toolCalls = calls.map((call, position) => ({
    id: randomUUID(),
    messageId: row.id,
    toolCallId: call.id,
    name: call.function.name,
    arguments: call.function.arguments,
    result: null,
    createdAt: new Date(createdAt.getTime() + position),
    position,
    step: 1,
    status: "error",
  }));
  rows.toolCalls.push(...toolCalls);
  // A result belongs to the last message that made a call with its id: core's Gemini uses the function's name as the id.
  const open = groupBy(toolCalls, ({ position }) => given[position]?.id ?? "");
  for (const [id, those] of open) rows.open.set(id, those);
}

function addResult(rows: Rows, message: Message, text: string, finishedAt: Date): void {
  const id = message.tool_call_id ?? "";
  const call = rows.open.get(id)?.shift();
  if (call === undefined) {
    throw new ChatError(
      "BAD_REQUEST",
      `The result of the tool call "${id}" belongs to no call: of the messages that were added with it, none before it makes such a call and waits for a result. Add the message with the calls first, and then one result for each of them.`,
    );
  }
  const status = message.isError === true ? "error" : "complete";
  Object.assign(call, { result: text, status, finishedAt });
}

function textOf({ content }: Message): string {
  if (!Array.isArray(content)) return content === null ? "" : String(content);
  return content.map((part) => (part.type === "text" ? part.text : "")).join("");
}
