import type { ChatMessage } from "../chat/chat-message.ts";
import type { Database } from "../orm/database.ts";
import { readToolCalls } from "../orm/history.ts";
import { savedAnswer } from "../orm/recover.ts";
import type { ChunkRow, MessageRow } from "../orm/rows.ts";
import { toChatMessage } from "../orm/to-chat-message.ts";

/** A message in progress as far as it has been saved, and the pieces of its log. */
export interface SavedMessage {
  readonly message: ChatMessage;
  readonly chunks: readonly ChunkRow[];
}

/** A message as it is stored, with its tool calls. */
export async function readMessage(db: Database, row: MessageRow): Promise<ChatMessage> {
  return toChatMessage(row, { toolCalls: await readToolCalls(db, [row]) });
}

/** A message in progress as far as it has been saved. */
export async function readSaved(db: Database, row: MessageRow): Promise<SavedMessage> {
  const chunks =
    (await db.chunk?.findMany({ where: { messageId: row.id }, orderBy: { seq: "asc" } })) ?? [];
  // A tool call has its row before the text in front of it is saved: without that text its place is not known.
  const logged = new Set(chunks.filter((chunk) => chunk.kind === "tool").map(({ text }) => text));
  const toolCalls = row.parts == null && logged.size === 0 ? [] : await readToolCalls(db, [row]);
  const placed = toolCalls.filter(
    ({ toolCallId }) => logged.has(toolCallId) || row.parts?.includes(JSON.stringify(toolCallId)),
  );
  const saved = savedAnswer(
    row,
    chunks,
    placed.map((call) => call.toolCallId),
  );
  const isSilent = saved.parts === null || row.status === "awaiting_approval";
  const status = isSilent ? row.status : "streaming";
  const current = {
    ...row,
    content: saved.content,
    thinkingText: saved.thinking,
    parts: saved.parts,
  };
  const message = toChatMessage(
    { ...current, ...(status === undefined ? {} : { status }) },
    { toolCalls: placed },
  );
  return { message, chunks };
}
