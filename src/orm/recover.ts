import { encodeParts } from "./message-parts.ts";
import type { Database } from "./database.ts";
import { isUniqueViolation } from "./prisma-errors.ts";
import type { ChunkRow, MessageRow } from "./rows.ts";
import { leaseMs } from "./turn-log.ts";

/**
 * Ends the chat's answer in progress when its process is gone: the saved text stays, the status becomes
 * `interrupted`, and the chat takes a new turn. An answer whose process gives signs of life is left alone.
 */
export async function recoverChat(
  db: Database,
  chatId: string,
): Promise<{ readonly isFree: boolean }> {
  if (!db.isExtended) return { isFree: true };
  const message = await db.message.findFirst({ where: { turnLock: chatId } });
  if (message === null) return { isFree: true };
  return { isFree: (await recoverMessage(db, message)) !== null };
}

/** The interrupted message; null when it is still being produced. */
export async function recoverMessage(
  db: Database,
  message: MessageRow,
): Promise<MessageRow | null> {
  if (db.chunk === null || message.turnLock == null || message.status === "awaiting_approval")
    return null;
  const newest = await db.chunk.findFirst({
    where: { messageId: message.id },
    orderBy: { seq: "desc" },
  });
  const lastSign = message.createdAt.getTime() + (newest?.at ?? 0);
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
  const saved = savedAnswer(
    chunks,
    toolCalls.map((call) => call.toolCallId),
  );
  const seq = (newest?.seq ?? -1) + 1;
  const interrupted = {
    content: saved.content,
    thinkingText: saved.thinking,
    parts: saved.parts,
    status: "interrupted",
    turnLock: null,
    finishedAt: new Date(),
  };
  try {
    const results = await db.batch([
      db.execute(db.sql.insertChunks(1), [message.id, seq, "fence", "", newest?.at ?? 0]),
      db.message.updateMany({
        where: { id: message.id, turnLock: message.chatId },
        data: interrupted,
      }),
      db.toolCall.updateMany({
        where: { messageId: message.id, status: "running" },
        data: { status: "error", result: interruptedTool, finishedAt: new Date() },
      }),
      db.chunk.deleteMany({ where: { messageId: message.id, seq: { lt: seq } } }),
    ]);
    // It had ended when the pieces were read: what was put together from them is not the answer.
    if (!hasCount(results[1])) return await db.message.findFirst({ where: { id: message.id } });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    return null; // The producer, or another reader, was faster.
  }
  const recovered = { ...message, ...interrupted };
  db.onRecovered?.(recovered);
  return recovered;
}

function hasCount(result: unknown): boolean {
  return typeof result === "object" && result !== null && "count" in result && result.count !== 0;
}

const interruptedTool = "The tool did not finish: the process that ran it was stopped.";

/** Puts the pieces of a log together. */
export function savedAnswer(
  chunks: readonly ChunkRow[],
  toolCallIds: readonly string[],
): { content: string | null; thinking: string | null; parts: string | null } {
  let content = "";
  let thinking = "";
  const order: { type: "text" | "thinking" | "tool"; text: string }[] = [];
  const tools = new Set<string>();
  for (const { kind, text } of chunks) {
    if (kind === "text") content += text;
    else if (kind === "thinking") thinking += text;
    else if (kind === "tool") tools.add(text);
    else continue;
    order.push({ type: kind, text });
  }
  for (const id of toolCallIds) if (!tools.has(id)) order.push({ type: "tool", text: id });
  const parts = encodeParts(
    order.map((piece) =>
      piece.type === "tool"
        ? { type: "tool", toolCallId: piece.text }
        : { type: piece.type, text: piece.text },
    ),
  );
  return {
    content: content === "" ? null : content,
    thinking: thinking === "" ? null : thinking,
    parts,
  };
}
