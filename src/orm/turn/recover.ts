import { joinText } from "../../chat/answer-fold.ts";
import type { WaitingStatus } from "../../chat/chat-message.ts";
import { isWaiting } from "../../chat/chat-message.ts";
import type { Database } from "../database/database.ts";
import type { MessageRow, ToolCallRow } from "../database/rows.ts";
import { encodeParts, foldRow } from "../messages/stored-parts.ts";
import { readToolCalls, selection } from "../messages/read-branch.ts";
import { toChatToolCall } from "../messages/to-chat-message.ts";
import { findLostCall, settleHold } from "../usage/settle-hold.ts";
import type { LogEntry, StoredEntry } from "./log-entry.ts";
import { latestProgress, readLog, readNewestEntry } from "./log-entry.ts";
import type { WaitingEnd } from "./message-lock.ts";
import { endUnowned, endWaiting, missingOutputs } from "./message-lock.ts";
import { leaseMs } from "./turn-log.ts";

/**
 * Ends the chat's answer in progress if its process is gone: the saved text stays, the status becomes `interrupted`,
 * and the chat's lock is released. An answer whose process shows signs of life is left alone.
 *
 * @returns whether a new turn may begin, and if not, for what the answer in progress waits.
 */
export async function recoverChat(
  db: Database,
  chatId: string,
): Promise<{ readonly isFree: boolean; readonly waitsFor: WaitingStatus | null }> {
  const free = { isFree: true, waitsFor: null };
  if (!db.supports("turns")) return free;
  const message = await db.message.findFirst({
    where: { turnLock: chatId },
    select: selection(progressColumns),
  });
  if (message === null || (await recoverMessage(db, message)) !== null) return free;
  return { isFree: false, waitsFor: isWaiting(message.status) ? message.status : null };
}

/** What says whether somebody produces an answer, so that its texts need not be read. */
export const progressColumns = ["id", "chatId", "turnLock", "status", "createdAt"] as const;
/** An answer in progress. */
export type AnswerProgress = Pick<MessageRow, (typeof progressColumns)[number]>;

/**
 * Does the same for one message.
 *
 * @returns the row as it ended. Null while the answer is produced or waits for somebody.
 */
export async function recoverMessage(
  db: Database,
  message: AnswerProgress,
): Promise<MessageRow | null> {
  if (db.chunk === null || message.turnLock == null) return null;
  const newest = await readNewestEntry(db, message.id);
  const lastSign = message.createdAt.getTime() + (newest?.at ?? 0);
  if (newest?.kind === "approval") {
    if (Date.now() - lastSign < newest.timeoutMs) return null;
    const row = await db.message.findFirst({ where: { id: message.id } });
    const ended = row === null ? null : await endWaiting(db, row, expiredEnd(row), newest);
    if (ended !== null) db.onRecovered?.(ended);
    return ended;
  }
  // The answer ended after the row was read.
  if (newest?.kind === "fence") return db.message.findFirst({ where: { id: message.id } });
  // The answer continued or ended after the row was read.
  if (isWaiting(message.status)) return null;
  if (Date.now() - lastSign < leaseMs) return null;
  return interrupt(db, message, newest);
}

async function interrupt(
  db: Database,
  message: AnswerProgress,
  newest: StoredEntry | null,
): Promise<MessageRow | null> {
  const entries = await readLog(db, message.id);
  // What was produced before the answer waited is in the row, not in the log.
  const row = await db.message.findFirst({ where: { id: message.id } });
  if (row === null) return null;
  const toolCalls = await readToolCalls(db, [row]);
  const finishedAt = new Date();
  const interrupted = {
    ...savedAnswer(row, entries, toolCalls),
    status: "interrupted",
    finishedAt,
  };
  const calls = [...unfinishedCalls(db, finishedAt), ...progressOf(db, entries)];
  const hold = (await db.ledger?.account.findFirst({ where: { id: message.id } })) ?? null;
  const { createdAt } = row;
  const answer = { createdAt, written: writtenLast(entries), toolCalls };
  const settled =
    hold === null ? [] : settleHold(db, hold, await findLostCall(db, hold, answer), Date.now());
  if (!(await endUnowned(db, row, newest, interrupted, calls, settled))) {
    // The producer or another reader was faster.
    const latest = await db.message.findFirst({ where: { id: message.id } });
    return latest?.turnLock == null ? latest : null;
  }
  const recovered = { ...row, ...interrupted, turnLock: null };
  if (db.onRecovered === null) sayInterrupted(row);
  db.onRecovered?.(recovered);
  return recovered;
}

/** Says on the console that an answer was interrupted: an app without `onEvent` would never know. */
export function sayInterrupted({ id }: MessageRow): void {
  // oxlint-disable-next-line no-console -- nothing has failed in this process
  console.info(
    `node-llm-trpc: the answer ${id} was interrupted, because its process has ended. If a serverless limit has ended it: docs/operations.md#serverless`,
  );
}

/** What the model has written since its last call of a tool. */
function writtenLast(entries: readonly LogEntry[]): string {
  const last = entries.findLastIndex(({ kind }) => kind === "tool");
  const kinds = ["text", "thinking", "arguments", "writing"];
  return entries
    .slice(last + 1)
    .map((entry) => ("text" in entry && kinds.includes(entry.kind) ? entry.text : ""))
    .join("");
}

/** The ends of the tool calls that have no result. */
function unfinishedCalls(db: Database, finishedAt: Date) {
  if (!db.hasModel("toolCall")) return [];
  const running = { status: "error", result: interruptedTool, finishedAt };
  if (!db.has("toolCall", "status")) return [{ where: { result: null }, data: running }];
  const waiting = { status: "denied", result: unapprovedTool, finishedAt };
  return [
    // A call with unfit arguments has failed before it began, and has no result yet.
    { where: { status: { in: ["running", "error"] }, result: null }, data: running },
    { where: { status: "awaiting_approval" }, data: waiting },
    missingOutputs(finishedAt),
  ];
}

/** What tools have reported, for the rows of their calls. */
function progressOf(db: Database, entries: readonly LogEntry[]) {
  if (!db.hasModel("toolCall") || !db.has("toolCall", "progress")) return [];
  return [...latestProgress(entries).values()].map(({ toolCallId, text }) => ({
    where: { toolCallId, progress: null },
    data: { progress: text },
  }));
}

function expiredEnd({ status }: MessageRow): WaitingEnd {
  return {
    status: "failed",
    errorCode: status === "awaiting_output" ? "OUTPUT_EXPIRED" : "APPROVAL_EXPIRED",
    toolResult: "The tool was not run: nobody approved it in time.",
  };
}

const interruptedTool = "The tool did not finish: the process that ran it was stopped.";
const unapprovedTool = "The tool was not run: the answer was interrupted before it was approved.";

/**
 * Folds an answer as far as it was saved: its row, then the entries of its log. Tool calls without a place come last.
 *
 * @returns the columns of its row.
 */
export function savedAnswer(
  row: MessageRow,
  entries: readonly LogEntry[],
  toolCalls: readonly ToolCallRow[],
): { content: string | null; thinkingText: string | null; parts: string | null } {
  const calls = toolCalls.map(toChatToolCall);
  const fold = foldRow(row, calls);
  for (const entry of entries) {
    if (entry.kind === "text" || entry.kind === "thinking") fold.append(entry.kind, entry.text);
    else if (entry.kind === "data") {
      if (entry.part !== null) fold.setData(entry.part);
    } else if (entry.kind === "tool") {
      const call = calls.find(({ toolCallId }) => toolCallId === entry.toolCallId);
      if (call !== undefined) fold.setToolCall(call);
    }
  }
  for (const call of calls) fold.setToolCall(call);
  return {
    content: joinText(fold.parts, "text") || null,
    thinkingText: joinText(fold.parts, "thinking") || null,
    parts: encodeParts(fold.parts),
  };
}
