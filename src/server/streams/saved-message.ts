import type { ChatMessage } from "../../chat/chat-message.ts";
import type { Database } from "../../orm/database/database.ts";
import { readToolCalls } from "../../orm/messages/read-branch.ts";
import { savedAnswer } from "../../orm/turn/recover.ts";
import type { ChunkRow, MessageRow } from "../../orm/database/rows.ts";
import { toChatMessage } from "../../orm/messages/to-chat-message.ts";

/** A message in progress as far as it has been saved, and the pieces of its log. */
export interface SavedMessage {
  readonly message: ChatMessage;
  readonly chunks: readonly ChunkRow[];
}

/** A message as it is stored, with its tool calls. */
export async function readMessage(db: Database, row: MessageRow): Promise<ChatMessage> {
  return toChatMessage(row, { toolCalls: await readToolCalls(db, [row]) });
}

/** A message in progress as far as it has been saved; as it ended, when it has ended since its row was read. */
export async function readSaved(db: Database, given: MessageRow): Promise<SavedMessage> {
  const { row, chunks } = await readRowAndLog(db, given);
  if (row.turnLock == null) return { message: await readMessage(db, row), chunks: [] };
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

/** A row, and the pieces that belong behind it: those in front become a part of it when the answer waits. */
async function readRowAndLog(
  db: Database,
  given: MessageRow,
): Promise<{ readonly row: MessageRow; readonly chunks: readonly ChunkRow[] }> {
  const where = { messageId: given.id };
  for (let row = given; ;) {
    const chunks = (await db.chunk?.findMany({ where, orderBy: { seq: "asc" } })) ?? [];
    const isWhole = chunks[0]?.seq === 0 && !chunks.some((chunk) => chunk.kind === "approval");
    if (isWhole) return { row, chunks };
    const now = await db.message.findFirst({ where: { id: given.id } });
    if (now === null) return { row, chunks };
    // Each time that it waits there is one more part in the row: the call that it waits for.
    if (now.turnLock == null || now.parts === row.parts) return { row: now, chunks };
    row = now;
  }
}
