import type { Database } from "../../orm/database/database.ts";
import type { PrismaPromise, Row } from "../../orm/database/client/prisma-client-like.ts";
import type { SqlText } from "../../orm/database/sql-text.ts";
import { raw, sql } from "../../orm/database/sql-text.ts";
import { scopeKey } from "../../orm/usage/scope-key.ts";

/** How long it is remembered who has deleted a chat, in milliseconds. Readers notice within seconds. */
const rememberedMs = 120_000;

/** The `scope` of the rows that remember it, among those of the limits. No key of a scope looks like this. */
const scope = "deleted";

/**
 * Deletes a chat with all its messages. The database remembers for a while who has done it, so that nobody tells a
 * former owner what the new one has done.
 *
 * @returns false when the chat is gone or not in the scope any more.
 */
export async function deleteChat(db: Database, chatId: string, owner: Row): Promise<boolean> {
  if (db.ledger !== null) {
    await db.write(() => forget(db, "expiresAt", sql`<${Date.now()}`));
    await db.write(() => remember(db, chatId, scopeKey(owner)));
  }
  // Apart: a client with soft delete may run it outside of a transaction.
  const { count } = await db.write(() => db.chat.deleteMany({ where: { id: chatId, ...owner } }));
  if (count > 0) return true;
  // It has another owner now. What a faster caller has deleted stays remembered.
  const other = await db.chat.findFirst({ where: { id: chatId }, select: { id: true } });
  if (other !== null && db.ledger !== null)
    await db.write(() => forget(db, "id", sql`=${rowId(chatId)}`));
  return false;
}

/** Who has deleted chats: the keys of their scopes, by the id of the chat. Only what this package has deleted lately. */
export async function readDeletions(
  db: Database,
  chatIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await db.ledger?.account.findMany({ where: { id: { in: chatIds.map(rowId) } } });
  return new Map(rows?.map((row) => [row.id.slice(rowId("").length), row.call]));
}

function rowId(chatId: string): string {
  return `${scope} ${chatId}`;
}

function remember(db: Database, chatId: string, owner: string): PrismaPromise<unknown> {
  const expiresAt = Date.now() + rememberedMs;
  return db.statement(
    db.sql.upsert("account", {
      columns: ["id", "scope", "call", "expiresAt"],
      rows: sql`VALUES(${rowId(chatId)},${scope},${owner},${expiresAt})`,
      keys: ["id"],
      // The first one has deleted it.
      changes: [["expiresAt", db.sql.proposed("account", "expiresAt")]],
    }),
  );
}

function forget(db: Database, name: string, condition: SqlText): PrismaPromise<unknown> {
  const account = db.sql.table("account");
  const column = (one: string): SqlText => raw(account.column(one));
  return db.statement(
    sql`DELETE FROM ${raw(account.name)} WHERE ${column("scope")}=${scope} AND ${column(name)}${condition}`,
  );
}
