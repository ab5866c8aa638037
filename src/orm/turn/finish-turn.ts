import { withoutHalf } from "../../shared/cut-text.ts";
import type { Database } from "../database/database.ts";
import type { Row } from "../database/client/prisma-client-like.ts";
import { isForeignKeyViolation, isRecordNotFound } from "../database/prisma-errors.ts";
import type { MessageRow } from "../database/rows.ts";
import type { FoldedColumn } from "../database/sql-dialect.ts";
import type { SqlText } from "../database/sql-text.ts";
import { raw, sql } from "../database/sql-text.ts";
import type { CallMeter } from "../usage/call-meter.ts";
import type { LogEntry } from "./log-entry.ts";
import { encodeEntry } from "./log-entry.ts";
import { takeLock } from "./message-lock.ts";
import type { TurnLog } from "./turn-log.ts";
import type { TurnState } from "./turn-state.ts";

interface Output {
  readonly message: MessageRow;
  readonly state: TurnState;
  readonly log: TurnLog | null;
  /** Creates the last statements of the transaction, with a condition without which the answer goes on. */
  readonly release?: CallMeter["release"];
}

interface Ending extends Output {
  readonly status: "complete" | "stopped" | "failed" | "interrupted";
  readonly errorCode: string | null;
}

/** How long a process that is about to tell of an end, or tells of it, is believed to live. It renews that. */
export const finishLeaseMs = 60_000;

/** How long the readers of an answer wait until its end is told, in milliseconds. */
export const maxFinishMs = 5_000;

/** Until when a process has the time to tell that an answer has ended. */
export function finishLeaseEnd(now: Date): Date {
  return new Date(now.getTime() + finishLeaseMs);
}

/**
 * Whether the app has yet to be told of the end of an answer, or is being told, so that readers wait for what it stores.
 * Who tells it does not matter: an end that readers have seen would otherwise be taken back when somebody begins.
 */
export function isBeingTold({ turnLock, finishedAt, finishDueAt }: MessageRow): boolean {
  if (turnLock != null || finishDueAt == null || finishedAt == null) return false;
  return finishedAt.getTime() + maxFinishMs > Date.now();
}

/**
 * Writes the answer and releases the chat's lock, in one transaction. The database joins the text that is already in
 * the log, so it is not sent again.
 *
 * @returns the row as it was saved. Null when the message is gone or no longer ours, or when somebody asked to stop an
 *   answer that is about to be `complete`; nothing was changed then, and the log still has the text.
 */
export async function finishTurn(db: Database, ending: Ending): Promise<MessageRow | null> {
  const { message, state, status, errorCode } = ending;
  // What the provider said last ended the answer only if nobody else did.
  const isEndedByModel = status === "complete" || status === "failed";
  const finishReason = isEndedByModel ? state.finishReason : null;
  const finishedAt = new Date();
  // This process has some time to tell who waits for the end. After that, another one does.
  const finishDueAt = message.finishDueAt == null ? null : finishLeaseEnd(finishedAt);
  const end = { status, errorCode, finishReason, turnLock: null, finishedAt, finishDueAt };
  const isBlank = state.content === "" && status !== "complete";
  // An answer must not become complete after somebody asked to stop it.
  const unlessStopped =
    db.supports("turns") && status === "complete" ? { stopRequestedAt: null } : {};
  const { row, writes } = await writeOutput(db, ending, end, isBlank, unlessStopped);
  const where = { messageId: message.id, kind: { not: "fence" } };
  const clean = db.chunk === null ? [] : [db.chunk.deleteMany({ where })];
  try {
    const release = (await ending.release?.()) ?? [];
    await db.batch([...writes, ...clean, ...release]);
    return row;
  } catch (error) {
    if (isRecordNotFound(error)) return null;
    throw error;
  }
}

/**
 * Writes an answer that waits for approvals or for outputs of the page. From then on it is only in the database. The chat's lock is kept until the
 * answer continues, is stopped, or has waited for `timeoutMs`.
 *
 * @returns the row as it was saved, and whether this process has to continue the answer at once because nothing is
 *   waited for any more. Null when the message is gone or no longer ours.
 * @throws a unique violation when the answer was stopped or taken over in the meantime.
 */
export async function suspendTurn(
  db: Database,
  suspension: Output & { readonly timeoutMs: number },
): Promise<{ readonly row: MessageRow; readonly isDecided: boolean } | null> {
  const { message, state, log, timeoutMs } = suspension;
  if (log === null) throw new Error("An answer cannot wait without this package's columns.");
  const waiting = { status: state.waitingStatus, errorCode: null };
  const { row, writes } = await writeOutput(db, suspension, waiting, state.content === "");
  const ids = [message.id, message.chatId];
  const { seq, age } = log;
  const approval = encodeEntry(
    { kind: "approval", timeoutMs },
    { messageId: message.id, seq, at: age },
  );
  // While an answer waits, it costs nothing, and others may use what it held.
  const release = (await suspension.release?.(isWaiting(db, message))) ?? [];
  try {
    const results = await db.batch([
      ...writes,
      db.insertChunks([approval]),
      ...(db.chunk === null
        ? []
        : [db.chunk.deleteMany({ where: { messageId: message.id, seq: { lt: seq } } })]),
      db.execute(db.sql.claimDecided(age), ids),
      db.execute(db.sql.startDecided(), ids),
      ...release,
    ]);
    const claimed = results[results.length - release.length - 2];
    return { row, isDecided: claimed === 1 };
  } catch (error) {
    if (isForeignKeyViolation(error) || isRecordNotFound(error)) return null;
    throw error;
  }
}

function isWaiting(db: Database, { id }: MessageRow): SqlText {
  const message = db.sql.table("message");
  const column = (name: string): SqlText => raw(message.column(name));
  return sql`EXISTS(SELECT 1 FROM ${raw(message.name)} WHERE ${column("id")}=${id} AND ${column("status")}<>${"streaming"})`;
}

/**
 * The writes that store what a turn has produced. Their transaction fails with P2025 (`isRecordNotFound`) when the
 * message is no longer ours.
 *
 * @param condition further columns that the row must have.
 */
async function writeOutput(
  db: Database,
  { message, state, log }: Output,
  end: Pick<
    MessageRow,
    "status" | "errorCode" | "finishReason" | "turnLock" | "finishedAt" | "finishDueAt"
  >,
  isBlank: boolean,
  condition: Row = {},
) {
  const rest = (await log?.close()) ?? [];
  const text = {
    content: isBlank ? null : withoutHalf(state.content),
    thinkingText: state.thinking === "" ? null : withoutHalf(state.thinking),
  };
  const columns = { ...state.columns(), ...end };
  const canFold = log?.hasRows === true && !state.isRewritten && db.canFold;
  const folded = canFold ? foldedColumns.filter((column) => text[column]) : [];
  const data: Row = { ...columns, ...text };
  for (const column of folded) delete data[column];
  const where = {
    id: message.id,
    ...(db.supports("turns") ? { turnLock: message.turnLock } : {}),
    ...condition,
  };
  const rests = folded.map((column) => joined(rest, column === "content" ? "text" : "thinking"));
  const row: MessageRow = { ...message, ...columns, ...text };
  const writes = [
    ...(folded.length > 0
      ? [db.execute(db.sql.foldChunks(folded), [...rests, message.id, message.chatId])]
      : []),
    db.message.update({ where, data: db.pick("message", data), select: { id: true } }),
  ];
  return { row, writes };
}

const foldedColumns: readonly FoldedColumn[] = ["content", "thinkingText"];

function joined(entries: readonly LogEntry[], kind: "text" | "thinking"): string {
  return withoutHalf(entries.map((entry) => (entry.kind === kind ? entry.text : "")).join(""));
}

/**
 * Deletes an answer with nothing in it. Its requests stay in the ledger, without their message.
 *
 * @returns false when another process has ended or deleted the answer; nothing was changed then.
 */
export async function removeTurn(
  db: Database,
  message: MessageRow,
  log: TurnLog | null,
  release: CallMeter["release"] = () => Promise.resolve([]),
): Promise<boolean> {
  await log?.close();
  const { id } = message;
  const isDeleted = !db.traits.deletesElsewhere;
  // An app may only mark the row as deleted. It must not keep the chat's lock then.
  const released = db.pick("message", { turnLock: null, status: "interrupted" });
  const deletion = db.message.deleteMany({ where: { id } });
  const releases = await release();
  try {
    await db.batch([
      ...(db.supports("turns") ? [takeLock(db, message)] : []),
      ...(db.hasModel("request")
        ? [db.request.updateMany({ where: { messageId: id }, data: { messageId: null } })]
        : []),
      ...(isDeleted ? [deletion] : [db.message.updateMany({ where: { id }, data: released })]),
      ...releases,
    ]);
    if (!isDeleted) await db.write(async () => deletion);
    return true;
  } catch (error) {
    if (!isRecordNotFound(error)) throw error;
    return false;
  }
}
