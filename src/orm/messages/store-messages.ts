import { randomUUID } from "node:crypto";
import type { Message } from "@node-llm/core";
import { ChatError } from "../../chat/chat-error.ts";
import type { Database } from "../database/database.ts";
import type { Row } from "../database/prisma-client-like.ts";
import { emptyMessage } from "../database/rows.ts";
import { checkStorable, toStorable } from "../database/storable-text.ts";
import { encodeParts } from "./stored-parts.ts";
import { readNewest } from "./read-branch.ts";

interface Rows {
  readonly messages: Row[];
  /** By the id of the call. */
  readonly toolCalls: Map<string, Row>;
}

/**
 * Stores messages of core at the end of a chat, with their tool calls. `placeMessages` gives them their place.
 *
 * @param persistsToolCalls false to leave out tool calls and their results.
 * @throws ChatError `BAD_REQUEST` for the result of a call that is not among the messages, or a text with NUL.
 */
export async function storeMessages(
  db: Database,
  chatId: string,
  messages: readonly Message[],
  persistsToolCalls: boolean,
): Promise<void> {
  const [newest] = await readNewest(db, chatId, 1);
  let time = Math.max(Date.now(), (newest?.createdAt.getTime() ?? 0) + 1);
  const rows: Rows = { messages: [], toolCalls: new Map() };
  for (const message of messages) addRows(rows, message, chatId, new Date(time++));
  const toolCalls = persistsToolCalls ? [...rows.toolCalls.values()] : [];
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
  const calls = message.tool_calls ?? [];
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
  for (const [position, call] of calls.entries())
    rows.toolCalls.set(call.id, {
      id: randomUUID(),
      messageId: row.id,
      toolCallId: call.id,
      name: call.function.name,
      arguments: toStorable(call.function.arguments),
      result: null,
      createdAt: new Date(createdAt.getTime() + position),
      position,
      step: 1,
      status: "error",
    });
}

function addResult(rows: Rows, message: Message, text: string, finishedAt: Date): void {
  const id = message.tool_call_id ?? "";
  const call = rows.toolCalls.get(id);
  if (call === undefined) {
    throw new ChatError(
      "BAD_REQUEST",
      `The result of the tool call "${id}" was added without the message that made the call. Add both, one after the other.`,
    );
  }
  const status = message.isError === true ? "error" : "complete";
  rows.toolCalls.set(id, { ...call, result: text, status, finishedAt });
}

function textOf({ content }: Message): string {
  if (!Array.isArray(content)) return content === null ? "" : String(content);
  return content.map((part) => (part.type === "text" ? part.text : "")).join("");
}
