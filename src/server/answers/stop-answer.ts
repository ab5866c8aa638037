import type { Database } from "../../orm/database/database.ts";
import type { StopOutcome } from "../../orm/turn/request-stop.ts";
import { requestStop } from "../../orm/turn/request-stop.ts";
import type { MessageRow } from "../../orm/database/rows.ts";
import type { ChatHub } from "../hub/chat-hub.ts";
import { wait } from "../../shared/wait.ts";

/** How long `stop` waits for the answer to be settled, in milliseconds. */
const patienceMs = 3_000;
const pollMs = 100;
/** A database that takes longer, in milliseconds, is no reason for the provider to go on. */
const writePatienceMs = 400;

/**
 * Stops an answer, wherever it is produced, and waits until it is settled. The database decides whether it is
 * stopped; the hub only tells the producer sooner. False when it has ended, or when it has been asked to stop before.
 *
 * @param onWaitingStopped is told of an answer that waited, and that no process tells of.
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
  // From when it is asked for, an answer cannot complete any more, nor wait; it may fail at that moment.
  return settled?.turnLock != null || (settled?.status ?? "stopped") === "stopped";
}

async function request(
  db: Database,
  hub: ChatHub,
  messageId: string,
): Promise<{ outcome: StopOutcome; isTold: boolean }> {
  let isTold = false;
  const hurry = async (): Promise<void> => {
    isTold = await tell(hub, messageId);
  };
  const timer = setTimeout(() => void hurry(), writePatienceMs);
  try {
    const outcome = await requestStop(db, messageId);
    return { outcome, isTold };
  } catch (error) {
    await hurry();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** A hub that fails costs time and nothing else. */
async function tell(hub: ChatHub, messageId: string): Promise<boolean> {
  try {
    return (await hub.stop(messageId)) === "delivered";
  } catch {
    return false;
  }
}

/** The answer as it has ended, or as it is when that takes too long; null when nothing is left of it. */
async function settle(db: Database, hub: ChatHub, messageId: string): Promise<MessageRow | null> {
  const signal = AbortSignal.timeout(patienceMs);
  const live = await hub.find(messageId);
  if (live !== null) while (live.final === null && !signal.aborted) await live.changed(signal);
  for (;;) {
    const row = await db.message.findFirst({ where: { id: messageId } });
    if (row?.turnLock == null || signal.aborted) return row;
    await wait(pollMs, signal);
  }
}
