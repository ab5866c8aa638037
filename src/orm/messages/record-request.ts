import { randomUUID } from "node:crypto";
import type { Database } from "../database/database.ts";
import { isForeignKeyViolation } from "../database/prisma-errors.ts";
import type { RequestOutcome } from "./request-outcome.ts";

/** What a call was made for; `id` is null for one that belongs to no message of the chat. */
export interface RequestOwner {
  readonly id: string | null;
  readonly chatId: string;
}

/**
 * Adds a call of the provider to the ledger. When the message was deleted meanwhile the row has none; when
 * the whole chat was, there is no ledger to write to.
 *
 * @throws the database's error, unless the call itself has failed: its own error explains more.
 */
export async function recordRequest(
  db: Database,
  owner: RequestOwner,
  outcome: RequestOutcome,
): Promise<void> {
  const { id, chatId } = owner;
  const insert = async (messageId: string | null): Promise<void> => {
    const data = db.pick("request", { ...outcome, id: randomUUID(), chatId, messageId });
    await db.write(() => db.request.createMany({ data: [data] }));
  };
  try {
    await insert(id).catch(async (error: unknown) => {
      if (!isForeignKeyViolation(error)) throw error;
      await insert(null);
    });
  } catch (error) {
    if (isForeignKeyViolation(error)) return;
    if (outcome.errorCode === null) throw error;
    process.emitWarning(
      `node-llm-trpc: a failed request of the chat ${chatId} could not be recorded: ${String(error)}`,
    );
  }
}
