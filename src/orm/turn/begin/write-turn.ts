import type { PrismaPromise, Row } from "../../database/client/prisma-client-like.ts";
import type { Database } from "../../database/database.ts";
import { isRecordNotFound } from "../../database/prisma-errors.ts";
import type { SqlText } from "../../database/sql-text.ts";
import { raw, sql } from "../../database/sql-text.ts";
import { changeChat } from "../../messages/read-chat.ts";
import { holdStatement } from "../../usage/account-statements.ts";
import { batchWithClaim, refusingClaim } from "../../usage/claim-room.ts";
import type { TurnDraft } from "./draft-turn.ts";
import { claimOfDraft } from "./draft-turn.ts";

/**
 * Writes a turn in one transaction with the client's own calls, if nobody has begun another one or selected another
 * branch since the chat was read. The chat's row is locked first, as by everybody who adds messages.
 *
 * @param others further statements: they switch to another branch, and add files.
 * @returns false when somebody has; nothing was written then.
 * @throws RefusedClaim when a limit is reached.
 */
export async function writeWithCalls(
  db: Database,
  draft: TurnDraft,
  others: readonly PrismaPromise<unknown>[],
): Promise<boolean> {
  const { request, changed, rows } = draft;
  const { chat, newChat } = request;
  const first =
    newChat === undefined
      ? changeChat(db, chat, changed)
      : db.chat.create({ data: { ...newChat, ...changed } });
  const inserted = insertsRaw(db, draft)
    ? [db.statement(db.sql.insert("message", rows))]
    : db.insert("message", rows);
  try {
    await batchWithClaim(db, await claimOfDraft(db, draft), [first, ...inserted, ...others]);
    return true;
  } catch (error) {
    if (isRecordNotFound(error)) return false;
    throw error;
  }
}

/** Whether raw statements store what the client's own calls would. */
export function canWriteRaw(db: Database, draft: TurnDraft): boolean {
  const { chat, newChat } = draft.request;
  if (!insertsRaw(db, draft)) return false;
  if (newChat === undefined)
    return chat.lastPosition != null && db.raw.allow("update", "chat", Object.keys(draft.changed));
  const row = chatRow(newChat, draft);
  return (
    db.raw.allow("insert", "chat", Object.keys(row)) &&
    Object.entries(row).every(([name, value]) => db.raw.fits("chat", name, value))
  );
}

interface RawOptions {
  /** True when the chat must have no messages, not even some of other programs. */
  readonly isEmpty: boolean;
}

/**
 * Does the same with raw statements, for a turn that makes its chat or follows the newest message of one. That one must
 * still be there as well: an app may have deleted it.
 *
 * PostgreSQL gets one statement for a chat that exists, which is a transaction, too: each further one would be a round
 * trip more. SQLite gets three. Prisma would need as much time again to make the same statements from calls.
 */
export async function writeRaw(
  db: Database,
  draft: TurnDraft,
  options: RawOptions,
): Promise<boolean> {
  const { newChat } = draft.request;
  if (newChat !== undefined) return writeNewChat(db, draft, chatRow(newChat, draft));
  const isAsRead = conditionOf(db, draft, options);
  return db.sql.provider === "postgresql"
    ? writeAsOne(db, draft, isAsRead)
    : writeAsThree(db, draft, isAsRead);
}

async function writeAsOne(db: Database, draft: TurnDraft, isAsRead: SqlText): Promise<boolean> {
  const { changed, rows } = draft;
  const claim = db.ledger === null ? null : await claimOfDraft(db, draft);
  // Each part needs the one before it, so that nobody who waits for the totals of the scope is waited for.
  const update = sql`turn_chat AS (${db.sql.update("chat", changed, isAsRead)} RETURNING 1)`;
  const insert = insertIf(db, draft, sql`EXISTS(SELECT 1 FROM turn_chat)`);
  const areInserted = sql`(SELECT COUNT(*) FROM turn_messages)=${rows.length}`;
  const text =
    claim === null
      ? sql`WITH ${update}${insert}`
      : sql`WITH ${update},turn_messages AS (${insert} RETURNING 1)${holdStatement(db, claim, Date.now(), areInserted)}`;
  const count = await refusingClaim(claim, () => db.write(() => db.statement(text)));
  return count > 0;
}

/**
 * The statements are never one: its parts would see the database as it was before, and a policy of PostgreSQL for messages
 * would not find their chat.
 */
async function writeNewChat(db: Database, draft: TurnDraft, chat: Row): Promise<boolean> {
  const queries = [db.sql.insert("chat", [chat]), db.sql.insert("message", draft.rows)];
  await batchWithClaim(
    db,
    await claimOfDraft(db, draft),
    queries.map((query) => db.statement(query)),
  );
  return true;
}

async function writeAsThree(db: Database, draft: TurnDraft, isAsRead: SqlText): Promise<boolean> {
  const chat = db.sql.table("chat");
  const insert = insertIf(
    db,
    draft,
    sql`EXISTS(SELECT 1 FROM ${raw(chat.name)} WHERE ${isAsRead})`,
  );
  const isInserted = hasMessage(db, "id", draft.assistant.id);
  const isOwn = sql`${raw(chat.column("id"))}=${draft.request.chat.id} AND ${isInserted}`;
  const queries = [insert, db.sql.update("chat", draft.changed, isOwn)];
  const [inserted] = await batchWithClaim(
    db,
    await claimOfDraft(db, draft),
    queries.map((query) => db.statement(query)),
    isInserted,
  );
  return inserted !== 0;
}

/** The condition that a chat is as it was read. */
function conditionOf(db: Database, { request, head }: TurnDraft, { isEmpty }: RawOptions): SqlText {
  const { id, lastPosition } = request.chat;
  const table = db.sql.table("chat");
  const isUnchanged = sql`${raw(table.column("id"))}=${id} AND ${raw(table.column("lastPosition"))}=${lastPosition ?? 0}`;
  if (head !== null) return sql`${isUnchanged} AND ${hasMessage(db, "id", head.id)}`;
  return isEmpty ? sql`${isUnchanged} AND NOT ${hasMessage(db, "chatId", id)}` : isUnchanged;
}

function hasMessage(db: Database, column: "id" | "chatId", value: string): SqlText {
  const table = db.sql.table("message");
  return sql`EXISTS(SELECT 1 FROM ${raw(table.name)} WHERE ${raw(table.column(column))}=${value})`;
}

function insertsRaw(db: Database, { rows }: TurnDraft): boolean {
  return db.raw.allow("insert", "message", Object.keys(rows[0] ?? {}));
}

function insertIf(db: Database, { rows }: TurnDraft, condition: SqlText): SqlText {
  return db.sql.insert("message", rows, condition);
}

/** The row of a new chat, without the columns that are null. */
function chatRow(newChat: Row, { changed }: TurnDraft): Row {
  const values = Object.entries({ ...newChat, ...changed });
  return Object.fromEntries(values.filter(([, value]) => value != null));
}
