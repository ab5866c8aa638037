import { randomUUID } from "node:crypto";
import type { Message } from "@node-llm/core";
import { ChatError } from "../../chat/chat-error.ts";
import { groupBy } from "../../shared/collections/group-by.ts";
import type { Database } from "../database/database.ts";
import type { Row } from "../database/client/prisma-client-like.ts";
import { isRecordNotFound } from "../database/prisma-errors.ts";
import { emptyMessage } from "../database/rows.ts";
import { checkStorable } from "../../chat/storable-text.ts";
import { encodeParts } from "./stored-parts.ts";
import { uniqueToolCall } from "./unique-tool-call.ts";
import { branchOf, readNewest } from "./read-branch.ts";

interface Rows {
  readonly messages: Row[];
  readonly toolCalls: Row[];
  /** Calls that were stored before and had no result: their ids, and what a result sets. */
  readonly ended: Row[];
  /** The calls that have no result yet, by the id that the result will name. */
  readonly open: Map<string, Row[]>;
}

/**
 * Stores messages of core at the end of a chat, with their tool calls. `placeMessages` gives them their place.
 *
 * @param persistsToolCalls false to leave out tool calls and their results.
 * @throws ChatError `BAD_REQUEST` for a result without a call in the messages before it, stored ones included, or a text with NUL.
 */
export async function storeMessages(
  db: Database,
  chatId: string,
  messages: readonly Message[],
  persistsToolCalls: boolean,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryStore(db, chatId, messages, persistsToolCalls);
    } catch (error) {
      // Somebody else has added the result of a call.
      if (attempt === maxAttempts || !isRecordNotFound(error)) throw error;
    }
  }
}

const maxAttempts = 3;

async function tryStore(
  db: Database,
  chatId: string,
  messages: readonly Message[],
  persistsToolCalls: boolean,
): Promise<void> {
  const [newest] = await readNewest(db, chatId, 1);
  let time = Math.max(Date.now(), (newest?.createdAt.getTime() ?? 0) + 1);
  const rows: Rows = { messages: [], toolCalls: [], ended: [], open: new Map() };
  for (const message of messages) {
    const id = message.tool_call_id ?? "";
    if (message.role === "tool" && persistsToolCalls && !rows.open.has(id))
      rows.open.set(id, await readOpenCalls(db, chatId, id, rows.ended));
    addRows(rows, message, chatId, new Date(time++));
  }
  const toolCalls = persistsToolCalls ? rows.toolCalls : [];
  await db.batch([
    ...rows.ended.flatMap(({ id, ...data }) =>
      data["finishedAt"] === undefined
        ? []
        : [
            db.toolCall.update({
              where: { id, result: null },
              data: db.pick("toolCall", data),
              select: { id: true },
            }),
          ],
    ),
    ...(rows.messages.length === 0
      ? []
      : [db.message.createMany({ data: rows.messages.map((row) => db.pick("message", row)) })]),
    ...(toolCalls.length === 0
      ? []
      : [db.toolCall.createMany({ data: toolCalls.map((row) => db.pick("toolCall", row)) })]),
  ]);
}

/** The calls of one message: more have no use, because a provider takes no more at once. */
const maxCalls = 128;

/**
 * The stored calls with this id that have no result yet, in their order. Like those that are added together with their
 * results, they are the calls of the last message that makes one with the id.
 *
 * @param ended gets the rows that `addRows` fills in.
 */
async function readOpenCalls(
  db: Database,
  chatId: string,
  id: string,
  ended: Row[],
): Promise<Row[]> {
  const relation = db.relation("toolCall", "message");
  if (relation === null || id === "") return [];
  const found = await db.toolCall.findMany({
    where: {
      OR: [{ toolCallId: id }, { toolCallId: { startsWith: `${id}_` } }],
      // Nobody but its process knows the calls of an answer in progress.
      [relation]: { ...branchOf(db, chatId), ...(db.supports("turns") ? { turnLock: null } : {}) },
    },
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
    take: maxCalls,
  });
  const named = found.filter(({ toolCallId }) => isNamed(toolCallId, id));
  const rows = named
    .filter(({ messageId, result }) => messageId === named[0]?.messageId && result === null)
    .toReversed()
    .map((call): Row => ({ id: call.id }));
  ended.push(...rows);
  return rows;
}

/** Whether `uniqueToolCall` gives such an id to a call with that one. */
function isNamed(toolCallId: string, id: string): boolean {
  return toolCallId === id || /^_\d+$/.test(toolCallId.slice(id.length));
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
      `The result of the tool call "${id}" belongs to no call: no message before it makes such a call and waits for a result. Add the message with the calls first, and then one result for each of them.`,
    );
  }
  const status = message.isError === true ? "error" : "complete";
  Object.assign(call, { result: text, status, finishedAt });
}

function textOf({ content }: Message): string {
  if (!Array.isArray(content)) return content === null ? "" : String(content);
  return content.map((part) => (part.type === "text" ? part.text : "")).join("");
}
