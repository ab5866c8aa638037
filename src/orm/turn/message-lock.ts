import { ChatError } from "../../chat/chat-error.ts";
import type { Database } from "../database/database.ts";
import type { PrismaPromise, Row } from "../database/client/prisma-client-like.ts";
import { isConstraintViolation, isRecordNotFound } from "../database/prisma-errors.ts";
import type { MessageRow } from "../database/rows.ts";
import type { StoredEntry } from "./log-entry.ts";

/**
 * Takes the database's lock on the row of a message in progress. It is the first statement of each transaction that
 * decides about the message or adds to it, so that no other such transaction runs until it ends. The transaction fails
 * with P2025 (`isRecordNotFound`) when the answer has ended.
 */
export function takeLock(
  db: Database,
  { id, chatId }: Pick<MessageRow, "id" | "chatId">,
): PrismaPromise<unknown> {
  return db.message.update({
    where: { id, turnLock: chatId },
    data: { turnLock: chatId },
    select: { id: true },
  });
}

/** The error of a process that has lost the message which it produces. */
export function messageLostError(): ChatError {
  return new ChatError(
    "NOT_FOUND",
    "The message was deleted, or taken over by another process, while it was being produced.",
  );
}

/**
 * Ends a message that no process produces, and releases the chat's lock. Every process that decides about a message
 * takes its lock first and a number in its log second. Two of them therefore never deadlock, and the second one finds
 * the number taken.
 *
 * @param newest the last entry of its log when the caller read it; null for an empty log.
 * @param end the columns to set on the message.
 * @param calls the columns to set on its tool calls without a result.
 * @param after statements that run at the end of the same transaction.
 * @returns false when the message has continued or ended since then; nothing was changed.
 */
export async function endUnowned(
  db: Database,
  message: MessageRow,
  newest: StoredEntry | null,
  end: Row,
  calls: readonly { readonly where: Row; readonly data: Row }[],
  after: readonly PrismaPromise<unknown>[] = [],
): Promise<boolean> {
  const { id, chatId } = message;
  const seq = newest?.seq ?? -1;
  try {
    await db.batch([
      takeLock(db, message),
      db.execute(db.sql.fence(seq, newest?.at ?? 0), [id, id, chatId]),
      db.message.updateMany({
        where: { id, turnLock: chatId },
        data: db.pick("message", { ...end, turnLock: null }),
      }),
      ...calls.map(({ where, data }) =>
        db.toolCall.updateMany({
          where: { ...where, messageId: id },
          data: db.pick("toolCall", data),
        }),
      ),
      ...closeLog(db, id, newest),
      ...after,
    ]);
    return true;
  } catch (error) {
    if (!isConstraintViolation(error) && !isRecordNotFound(error)) throw error;
    return false;
  }
}

/**
 * Empties a log that has a fence behind its newest entry. A process that hangs may write as late as now: what it wrote
 * last again, in case it does not know that this was saved, or what comes after that, where there may be a `stop`. Those
 * entries become fences, so that their numbers stay taken. A `stop` has the time of the entry before it.
 */
function closeLog(
  db: Database,
  messageId: string,
  newest: StoredEntry | null,
): PrismaPromise<unknown>[] {
  if (db.chunk === null || newest === null) return [];
  const { seq, at } = newest;
  return [
    db.chunk.updateMany({
      where: { messageId, seq: { lte: seq }, at: { gte: at } },
      data: { kind: "fence", text: "" },
    }),
    db.chunk.deleteMany({ where: { messageId, kind: { not: "fence" } } }),
  ];
}

/** How an answer ends that has waited in vain. */
export interface WaitingEnd {
  readonly status: "stopped" | "failed";
  readonly errorCode: string | null;
  /** The result of its tool calls that were not run. */
  readonly toolResult: string;
}

/**
 * Ends an answer that waits, and releases the chat's lock.
 *
 * @param approval the last entry of its log, which says that it waits.
 * @returns the row as it ended. Null when the answer continued or ended in the meantime.
 */
export async function endWaiting(
  db: Database,
  message: MessageRow,
  { status, errorCode, toolResult }: WaitingEnd,
  approval: StoredEntry,
): Promise<MessageRow | null> {
  const finishedAt = new Date();
  const stop = status === "stopped" ? { stopRequestedAt: finishedAt } : {};
  const end = { status, errorCode, finishedAt, ...stop };
  const data = { status: "denied", result: toolResult, finishedAt };
  const unrun = { where: { result: null, status: { not: "awaiting_output" } }, data };
  if (!(await endUnowned(db, message, approval, end, [unrun, missingOutputs(finishedAt)])))
    return null;
  return { ...message, ...end, turnLock: null };
}

/** The end of the tool calls whose outputs the page has not sent. Whether it has run them, nobody knows. */
export function missingOutputs(finishedAt: Date) {
  return {
    where: { result: null, status: "awaiting_output" },
    data: { status: "error", result: missingOutput, finishedAt },
  };
}

/** The result of a tool call that the page was to run, in an answer that ended before. */
export const missingOutput = "The tool has no output: the answer ended before the page sent it.";
