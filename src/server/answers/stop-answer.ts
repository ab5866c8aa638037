import type { Database } from "../../orm/database/database.ts";
import type { StopOutcome } from "../../orm/turn/request-stop.ts";
import { requestStop } from "../../orm/turn/request-stop.ts";
import type { MessageRow } from "../../orm/database/rows.ts";
import type { ChatHub } from "../hub/chat-hub.ts";
import { wait } from "../../shared/wait.ts";

/** How long `stop` waits until the answer is saved as it ended, in milliseconds. */
const maxWaitMs = 3_000;
/** How often it looks, in milliseconds. */
const pollMs = 100;
/** When the database takes longer than this, in milliseconds, the producer is told before the database has decided. */
const maxWriteMs = 400;

/**
 * Stops an answer, whichever process produces it, and waits until it is saved as it ended. The database decides whether
 * the answer is stopped; the hub only tells the producer sooner.
 *
 * @param onWaitingStopped called with an answer that waited for approval, because no process produces it.
 * @returns false when the answer had already ended or been stopped.
 */
export async function stopAnswer(
  db: Database,
  hub: ChatHub,
  row: MessageRow,
  onWaitingStopped: (row: MessageRow) => void = () => undefined,
): Promise<boolean> {
  if (row.turnLock == null) return false;
  const { outcome, isTold } = await request(db, hub, row.id);
  if (typeof outcome === "object") {
    hub.notify(row.chatId);
    onWaitingStopped(outcome.stopped);
    return true;
  }
  if (outcome === "nothing" && !isTold) return false;
  if (!isTold) await tell(hub, row.id);
  const settled = await settle(db, hub, row.id);
  // After the request to stop, an answer can no longer complete or wait, but it may still fail.
  return settled?.turnLock != null || (settled?.status ?? "stopped") === "stopped";
}

/** Asks the database to stop the answer, and tells the producer in the meantime when that takes long or fails. */
async function request(
  db: Database,
  hub: ChatHub,
  messageId: string,
): Promise<{ outcome: StopOutcome; isTold: boolean }> {
  let isTold = false;
  const tellNow = async (): Promise<void> => {
    isTold = await tell(hub, messageId);
  };
  const timer = setTimeout(() => void tellNow(), maxWriteMs);
  try {
    const outcome = await requestStop(db, messageId);
    return { outcome, isTold };
  } catch (error) {
    await tellNow();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** @returns true when the hub told the producer. A hub that fails only costs time: the producer asks the database. */
async function tell(hub: ChatHub, messageId: string): Promise<boolean> {
  try {
    return (await hub.stop(messageId)) === "delivered";
  } catch {
    return false;
  }
}

/**
 * Waits until the answer has ended, or until the time is over.
 *
 * @returns its row; null when it was deleted.
 */
async function settle(db: Database, hub: ChatHub, messageId: string): Promise<MessageRow | null> {
  const signal = AbortSignal.timeout(maxWaitMs);
  const answer = await hub.find(messageId);
  if (answer !== null)
    while (answer.final === null && !signal.aborted) await answer.changed(signal);
  for (;;) {
    const row = await db.message.findFirst({ where: { id: messageId } });
    if (row?.turnLock == null || signal.aborted) return row;
    await wait(pollMs, signal);
  }
}
