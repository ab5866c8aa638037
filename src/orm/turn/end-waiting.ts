import type { Database } from "../database/database.ts";
import { endUnowned } from "./end-unowned.ts";
import type { ChunkRow, MessageRow } from "../database/rows.ts";

/** How an answer ends that nobody has allowed to go on. */
export interface WaitingEnd {
  readonly status: "stopped" | "failed";
  readonly errorCode: string | null;
  /** The result of the calls that have none. */
  readonly toolResult: string;
}

/**
 * Ends an answer that waits for an approval, and gives the chat free.
 *
 * @param mark the last row of its log, which says that it waits.
 * @returns the row as it now stands; null when it goes on, or has ended, meanwhile.
 */
export async function endWaiting(
  db: Database,
  message: MessageRow,
  { status, errorCode, toolResult }: WaitingEnd,
  mark: ChunkRow,
): Promise<MessageRow | null> {
  const finishedAt = new Date();
  const end = { status, errorCode, finishedAt };
  const data = { status: "denied", result: toolResult, finishedAt };
  const calls = { where: { result: null }, data };
  if (!(await endUnowned(db, message, mark, end, [calls]))) return null;
  return { ...message, ...end, turnLock: null };
}
