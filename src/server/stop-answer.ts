import type { Database } from "../orm/database.ts";
import { endWaiting } from "../orm/end-waiting.ts";
import { readNewestChunk } from "../orm/read-newest-chunk.ts";
import { requestStop } from "../orm/request-stop.ts";
import type { MessageRow } from "../orm/rows.ts";
import type { ChatHub } from "./chat-hub.ts";

/** How long `stop` waits for the answer to be settled, in milliseconds. */
const patienceMs = 3_000;
/** A producer that has not settled its answer for so long after the hub told it is told by the database, too. */
const hubPatienceMs = 800;
const pollMs = 100;

/**
 * Stops an answer, wherever it is produced, and waits until it is settled. False when it has ended, or when it
 * has been asked to stop before.
 */
export async function stopAnswer(db: Database, hub: ChatHub, row: MessageRow): Promise<boolean> {
  if (row.turnLock == null) return false;
  if (row.status === "awaiting_approval" && (await stopWaiting(db, hub, row))) return true;
  const request = await hub.stop(row.id);
  if (request === "repeated") return false;
  if (request === "unknown" && !(await requestStop(db, row))) return false;
  if (request === "unknown" || !(await isSettled(db, hub, row.id, hubPatienceMs))) {
    if (request === "delivered") await requestStop(db, row);
    await isSettled(db, hub, row.id, patienceMs);
    return wasStopped(db, row.id, true);
  }
  return wasStopped(db, row.id, false);
}

/** An answer may end by itself while it is being stopped, and nobody reads a request that comes behind its end. */
async function wasStopped(db: Database, messageId: string, isAsked: boolean): Promise<boolean> {
  const { chunk } = db;
  const row = await db.message.findFirst({ where: { id: messageId } });
  if (row === null || row.turnLock != null) return true;
  if (isAsked && chunk !== null)
    await db.write(() => chunk.deleteMany({ where: { messageId, kind: "stop" } }));
  return row.status === "stopped";
}

/** No process holds an answer that waits for an approval: it is ended where it is. */
async function stopWaiting(db: Database, hub: ChatHub, row: MessageRow): Promise<boolean> {
  const newest = await readNewestChunk(db, row.id);
  if (newest?.kind !== "approval") return false;
  const toolResult = "The tool was not run: the answer was stopped.";
  const end = { status: "stopped", errorCode: null, toolResult } as const;
  if ((await endWaiting(db, row, end, newest)) === null) return false;
  hub.notify(row.chatId);
  return true;
}

async function isSettled(
  db: Database,
  hub: ChatHub,
  messageId: string,
  timeoutMs: number,
): Promise<boolean> {
  const signal = AbortSignal.timeout(timeoutMs);
  const live = await hub.find(messageId);
  if (live !== null) {
    while (live.final === null && !signal.aborted) await live.changed(signal);
    return live.final !== null;
  }
  while (!signal.aborted) {
    const row = await db.message.findFirst({ where: { id: messageId } });
    if (row?.turnLock == null) return true;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  return false;
}
