import type { PrismaPromise, Row } from "../../database/client/prisma-client-like.ts";
import type { Database } from "../../database/database.ts";
import { isRecordNotFound } from "../../database/prisma-errors.ts";
import type { ChatRow } from "../../database/rows.ts";
import type { SqlText } from "../../database/sql-text.ts";
import { raw, sql } from "../../database/sql-text.ts";
import { changeChat } from "../../messages/read-chat.ts";
import type { Claim } from "../../usage/account-statements.ts";
import { holdStatement } from "../../usage/account-statements.ts";
import { batchWithClaim, claiming } from "../../usage/claim-room.ts";

/** What a new turn writes. */
export interface TurnWrite {
  readonly chat: ChatRow;
  /** The columns of `chat` if the turn makes it. */
  readonly newChat: Row | undefined;
  /** The columns of `chat` that change. */
  readonly changed: Row;
  /** The message that the first new one follows; null for the first one. */
  readonly parentId: string | null;
  /** The new messages, with the same columns. */
  readonly rows: readonly Row[];
  /** The id of the one that is the answer. */
  readonly answerId: string;
  /** Further statements: they switch to another branch, and add files. */
  readonly others: readonly PrismaPromise<unknown>[];
  /** What the answer wants of the limits; null for nothing. */
  readonly claim: Claim | null;
}

/**
 * Writes a turn in one transaction, if the chat is still as it was read.
 *
 * PostgreSQL gets the usual turn as one statement, which is a transaction, too: each further one would be a round trip
 * more. SQLite gets three. Prisma would need as much time again to make the same statements from calls.
 *
 * @returns false when another turn has begun or another branch was selected since; nothing was written then.
 * @throws RefusedClaim when a limit is reached.
 */
export async function writeTurn(db: Database, turn: TurnWrite): Promise<boolean> {
  const { chat, newChat, changed, rows, others, claim } = turn;
  if (isUsual(db, turn)) return writeUsualTurn(db, turn);
  const inserted = insertsRaw(db, turn)
    ? [db.statement(insertIf(db, turn, raw("1=1")))]
    : db.insert("message", rows);
  try {
    await batchWithClaim(
      db,
      claim,
      newChat === undefined
        ? [...inserted, changeChat(db, chat, changed), ...others]
        : [db.chat.create({ data: { ...newChat, ...changed } }), ...inserted, ...others],
    );
    return true;
  } catch (error) {
    if (isRecordNotFound(error)) return false;
    throw error;
  }
}

function isUsual(db: Database, turn: TurnWrite): boolean {
  const { chat, newChat, changed, others } = turn;
  return (
    newChat === undefined &&
    others.length === 0 &&
    chat.lastPosition != null &&
    db.raw.allow("update", "chat", Object.keys(changed)) &&
    insertsRaw(db, turn)
  );
}

function insertsRaw(db: Database, { rows }: TurnWrite): boolean {
  return db.raw.allow("insert", "message", columnsOf(rows));
}

function insertIf(db: Database, { rows }: TurnWrite, condition: SqlText): SqlText {
  return db.sql.insertIf("message", columnsOf(rows), rows, condition);
}

function columnsOf([row]: readonly Row[]): readonly string[] {
  return Object.keys(row ?? {});
}

async function writeUsualTurn(db: Database, turn: TurnWrite): Promise<boolean> {
  const { chat, changed, rows, parentId, answerId, claim } = turn;
  const table = db.sql.table("chat");
  const message = db.sql.table("message");
  const hasMessage = (id: string): SqlText =>
    sql`EXISTS(SELECT 1 FROM ${raw(message.name)} WHERE ${raw(message.column("id"))}=${id})`;
  const isUnchanged = sql`${raw(table.column("id"))}=${chat.id} AND ${raw(table.column("lastPosition"))}=${chat.lastPosition ?? 0}`;
  // An app may delete messages, and only says so by that.
  const isAsRead =
    parentId === null ? isUnchanged : sql`${isUnchanged} AND ${hasMessage(parentId)}`;
  const update = db.sql.update("chat", changed, isAsRead);
  const ledgerClaim = db.ledger === null ? null : claim;
  if (db.sql.provider === "postgresql") {
    // Each part needs the one before it, so the totals are locked last.
    const insert = insertIf(db, turn, sql`EXISTS(SELECT 1 FROM turn_chat)`);
    const text =
      ledgerClaim === null
        ? sql`WITH turn_chat AS (${update} RETURNING 1)${insert}`
        : sql`WITH turn_chat AS (${update} RETURNING 1),turn_messages AS (${insert} RETURNING 1)${holdStatement(db, ledgerClaim, Date.now(), sql`(SELECT COUNT(*) FROM turn_messages)=${rows.length}`)}`;
    const count = await claiming(ledgerClaim, () => db.write(() => db.statement(text)));
    return count > 0;
  }
  const insert = insertIf(
    db,
    turn,
    sql`EXISTS(SELECT 1 FROM ${raw(table.name)} WHERE ${isAsRead})`,
  );
  const [added] = await batchWithClaim(
    db,
    claim,
    [db.statement(insert), db.statement(update)],
    hasMessage(answerId),
  );
  return added !== 0;
}
