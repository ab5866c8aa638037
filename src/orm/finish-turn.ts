import type { Database } from "./database.ts";
import { isUniqueViolation } from "./prisma-errors.ts";
import type { MessageRow } from "./rows.ts";
import type { TurnLog } from "./turn-log.ts";
import type { TurnState } from "./turn-state.ts";

interface Ending {
  readonly message: MessageRow;
  readonly state: TurnState;
  readonly log: TurnLog | null;
  readonly status: "complete" | "stopped" | "failed";
  readonly errorCode: string | null;
}

/**
 * Writes the answer and gives the chat free, in one transaction. The text that is already in the log is put
 * together by the database and is not sent again.
 *
 * @returns the row as it now stands; null when the message is gone or no longer ours.
 */
export async function finishTurn(db: Database, ending: Ending): Promise<MessageRow | null> {
  const { message, state, log, status, errorCode } = ending;
  const rest = (await log?.close()) ?? [];
  const text = {
    content: state.content === "" && status !== "complete" ? null : state.content,
    thinkingText: state.thinking === "" ? null : state.thinking,
  };
  const columns = { ...state.columns(), status, errorCode, turnLock: null, finishedAt: new Date() };
  const canFold = log !== null && log.hasRows && !state.isRewritten && db.sql.canFold;
  const where = { id: message.id, ...(db.isExtended ? { turnLock: message.turnLock } : {}) };
  const data = db.pick("message", canFold ? columns : { ...columns, ...text });
  const update = () => db.message.updateMany({ where, data });
  const row = { ...message, ...columns, ...text };
  if (db.chunk === null || log === null) {
    const { count } = await db.write(update);
    return count === 0 ? null : row;
  }
  const { chunk } = db;
  const finish = (): Promise<readonly unknown[]> =>
    db.batch([
      ...(canFold && rest.length > 0
        ? [db.execute(db.sql.insertChunks(rest.length), log.rowValues(rest))]
        : []),
      ...(canFold ? [db.execute(db.sql.foldChunks(), [message.id, message.chatId])] : []),
      update(),
      chunk.deleteMany({ where: { messageId: message.id, kind: { not: "fence" } } }),
    ]);
  let results: readonly unknown[];
  try {
    results = await finish();
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    // Somebody has asked the answer to stop as it ended, or has taken it over.
    if ((await log.catchUp()) === "lost") return null;
    results = await finish();
  }
  const updated = results.at(-2);
  const count =
    typeof updated === "object" && updated !== null && "count" in updated ? updated.count : 0;
  return count === 0 ? null : row;
}

/** Deletes an answer that came to nothing. Its requests stay in the ledger, without their message. */
export async function removeTurn(
  db: Database,
  message: MessageRow,
  log: TurnLog | null,
): Promise<void> {
  await log?.close();
  await db.batch([
    db.request.updateMany({ where: { messageId: message.id }, data: { messageId: null } }),
    db.message.deleteMany({
      where: { id: message.id, ...(db.isExtended ? { turnLock: message.turnLock } : {}) },
    }),
  ]);
}
