import type { Database } from "./database.ts";
import type { Row } from "./prisma-client-like.ts";
import type { ChunkKind, MessageRow } from "./rows.ts";
import type { FoldedColumn } from "./sql-dialect.ts";
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
  const canFold = log?.hasRows === true && !state.isRewritten && db.sql.canFold;
  const folded = canFold ? foldedColumns.filter((column) => text[column]) : [];
  const data: Row = { ...columns, ...text };
  for (const column of folded) delete data[column];
  const where = { id: message.id, ...(db.isExtended ? { turnLock: message.turnLock } : {}) };
  const update = () => db.message.updateMany({ where, data: db.pick("message", data) });
  const row = { ...message, ...columns, ...text };
  if (db.chunk === null) {
    const { count } = await db.write(update);
    return count === 0 ? null : row;
  }
  const rests = folded.map((column) => joined(rest, column === "content" ? "text" : "thinking"));
  const results = await db.batch([
    ...(folded.length > 0
      ? [db.execute(db.sql.foldChunks(folded), [...rests, message.id, message.chatId])]
      : []),
    update(),
    db.chunk.deleteMany({ where: { messageId: message.id, kind: { not: "fence" } } }),
  ]);
  const updated = results.at(-2);
  const count =
    typeof updated === "object" && updated !== null && "count" in updated ? updated.count : 0;
  return count === 0 ? null : row;
}

const foldedColumns: readonly FoldedColumn[] = ["content", "thinkingText"];

function joined(entries: readonly { kind: ChunkKind; text: string }[], kind: ChunkKind): string {
  return entries.map((entry) => (entry.kind === kind ? entry.text : "")).join("");
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
