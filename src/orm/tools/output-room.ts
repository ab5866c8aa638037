import { ChatError } from "../../chat/chat-error.ts";
import type { Database } from "../database/database.ts";
import type { PrismaPromise } from "../database/client/prisma-client-like.ts";
import type { SqlText } from "../database/sql-text.ts";
import { raw, sql } from "../database/sql-text.ts";

/** An output that is added to an answer. */
interface AddedOutput {
  readonly messageId: string;
  readonly toolCallId: string;
  /** How many bytes the outputs of the answer's tool calls may have, with what the model is told of them. */
  readonly maxBytes: number;
}

/**
 * The statement that keeps an output from being added to an answer that has no room for it: it violates a constraint.
 * It runs after the output was written, in the same transaction.
 */
export function outputGuard(
  db: Database,
  { messageId, toolCallId, maxBytes }: AddedOutput,
): PrismaPromise<number> {
  const table = db.sql.table("toolCall");
  const column = (name: string): SqlText => raw(table.column(name));
  // MySQL reads a table that it changes only as one of another query.
  return db.statement(
    sql`UPDATE ${raw(table.name)} SET ${column("name")}=NULL WHERE ${column("messageId")}=${messageId} AND ${column("toolCallId")}=${toolCallId} AND (SELECT s.bytes FROM (${outputBytes(db, messageId)}) s)>${maxBytes}`,
  );
}

/**
 * Says why a guard has refused an output.
 *
 * @throws ChatError `BAD_REQUEST` when the answer has no room for it.
 */
export async function checkOutputRoom(
  db: Database,
  { messageId, maxBytes }: AddedOutput,
  added: readonly (string | null)[],
): Promise<void> {
  const [row] = await db.select(outputBytes(db, messageId));
  const bytes = added.reduce(
    (sum, text) => sum + Buffer.byteLength(text ?? ""),
    Number(row?.["bytes"] ?? 0),
  );
  if (bytes <= maxBytes) return;
  throw new ChatError(
    "BAD_REQUEST",
    `The outputs of this answer's tools are too large: at most ${maxBytes} bytes together. Send a smaller one, or deny the call with \`approved: false\`.`,
  );
}

function outputBytes(db: Database, messageId: string): SqlText {
  const table = db.sql.table("toolCall");
  const sizes = ["result", "output"].map(
    (name) => `COALESCE(${db.sql.bytes(table.column(name))},0)`,
  );
  return sql`SELECT SUM(${raw(sizes.join("+"))}) AS bytes FROM ${raw(table.name)} WHERE ${raw(table.column("messageId"))}=${messageId}`;
}
