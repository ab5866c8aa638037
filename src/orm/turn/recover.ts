import type { MessagePart } from "../../chat/chat-message.ts";
import type { Database } from "../database/database.ts";
import { endUnowned } from "./end-unowned.ts";
import { endWaiting } from "./end-waiting.ts";
import { decodeParts, encodeParts } from "../messages/message-parts.ts";
import { readNewestChunk } from "./read-newest-chunk.ts";
import type { ChunkRow, MessageRow } from "../database/rows.ts";
import { leaseMs } from "./turn-log.ts";

/**
 * Ends the chat's answer in progress when its process is gone: the saved text stays, the status becomes
 * `interrupted`, and the chat takes a new turn. An answer whose process gives signs of life is left alone.
 */
export async function recoverChat(
  db: Database,
  chatId: string,
): Promise<{ readonly isFree: boolean; readonly isWaiting: boolean }> {
  const free = { isFree: true, isWaiting: false };
  if (!db.isExtended) return free;
  const message = await db.message.findFirst({ where: { turnLock: chatId } });
  if (message === null || (await recoverMessage(db, message)) !== null) return free;
  return { isFree: false, isWaiting: message.status === "awaiting_approval" };
}

/** The message as it ended; null when it is still being produced, or waits for an approval. */
export async function recoverMessage(
  db: Database,
  message: MessageRow,
): Promise<MessageRow | null> {
  if (db.chunk === null || message.turnLock == null) return null;
  const newest = await readNewestChunk(db, message.id);
  const lastSign = message.createdAt.getTime() + (newest?.at ?? 0);
  if (newest?.kind === "approval") {
    const isExpired = Date.now() - lastSign >= Number(newest.text);
    const ended = isExpired ? await endWaiting(db, message, expired, newest) : null;
    if (ended !== null) db.onRecovered?.(ended);
    return ended;
  }
  // It has been ended since the row was read. A further fence would take this one away, and let its process write again.
  if (newest?.kind === "fence") return db.message.findFirst({ where: { id: message.id } });
  // It goes on, or has ended, since the row was read.
  if (message.status === "awaiting_approval") return null;
  if (Date.now() - lastSign < leaseMs) return null;
  return interrupt(db, message, newest);
}

async function interrupt(
  db: Database,
  message: MessageRow,
  newest: ChunkRow | null,
): Promise<MessageRow | null> {
  if (db.chunk === null) return null;
  const chunks = await db.chunk.findMany({
    where: { messageId: message.id },
    orderBy: { seq: "asc" },
  });
  const toolCalls = await db.toolCall.findMany({ where: { messageId: message.id } });
  // What an approval came after is in the row.
  const row = (await db.message.findFirst({ where: { id: message.id } })) ?? message;
  const saved = savedAnswer(
    row,
    chunks,
    toolCalls.map((call) => call.toolCallId),
  );
  const finishedAt = new Date();
  const interrupted = {
    content: saved.content,
    thinkingText: saved.thinking,
    parts: saved.parts,
    status: "interrupted",
    finishedAt,
  };
  const calls = [
    {
      where: { status: "running" },
      data: { status: "error", result: interruptedTool, finishedAt },
    },
    {
      where: { status: "awaiting_approval" },
      data: { status: "denied", result: unaskedTool, finishedAt },
    },
  ];
  if (!(await endUnowned(db, message, newest, interrupted, calls))) {
    // The producer, or another reader, was faster.
    const now = await db.message.findFirst({ where: { id: message.id } });
    return now?.turnLock == null ? now : null;
  }
  const recovered = { ...row, ...interrupted, turnLock: null };
  db.onRecovered?.(recovered);
  return recovered;
}

const expired = {
  status: "failed",
  errorCode: "APPROVAL_EXPIRED",
  toolResult: "The tool was not run: nobody allowed it in time.",
} as const;

const interruptedTool = "The tool did not finish: the process that ran it was stopped.";
const unaskedTool = "The tool was not run: the answer was interrupted before it was allowed.";

/** What a message has, and the pieces of its log behind that. */
export function savedAnswer(
  message: MessageRow,
  chunks: readonly ChunkRow[],
  toolCallIds: readonly string[],
): { content: string | null; thinking: string | null; parts: string | null } {
  let content = message.content ?? "";
  let thinking = message.thinkingText ?? "";
  const known = message.parts == null ? [] : toolCallIds;
  const order: (MessagePart & { signature?: string | null })[] =
    message.parts == null
      ? []
      : decodeParts(message.parts, content, thinking, known).map(({ part, signature }) =>
          part.type === "thinking" ? { ...part, signature } : part,
        );
  for (const { kind, text } of chunks) {
    if (kind === "text") content += text;
    else if (kind === "thinking") thinking += text;
    if (kind === "tool") order.push({ type: kind, toolCallId: text });
    else if (kind === "text" || kind === "thinking") order.push({ type: kind, text });
  }
  const placed = new Set(order.map((part) => (part.type === "tool" ? part.toolCallId : "")));
  for (const toolCallId of toolCallIds)
    if (!placed.has(toolCallId)) order.push({ type: "tool", toolCallId });
  return {
    content: content === "" ? null : content,
    thinking: thinking === "" ? null : thinking,
    parts: encodeParts(order),
  };
}
