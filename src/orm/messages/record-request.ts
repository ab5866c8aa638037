import { randomUUID } from "node:crypto";
import type { AnswerErrorCode } from "../../chat/error-codes.ts";
import type { Database } from "../database/database.ts";
import { isForeignKeyViolation } from "../database/prisma-errors.ts";

/** How a call of the provider ended, as the ledger records it. */
export interface RequestOutcome {
  /** The provider's id. */
  readonly provider: string;
  readonly model: string;
  /** The HTTP status; 499 when this package ended the call, 0 when no response came. */
  readonly statusCode: number;
  /** Milliseconds. */
  readonly duration: number;
  /** All tokens that the model read, those from the provider's cache included. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** How many of the input tokens came from the provider's cache; null when it does not say. */
  readonly cachedTokens: number | null;
  /** US dollars; null when the price is not known. */
  readonly cost: number | null;
  /** Why the call failed; null when it succeeded. */
  readonly errorCode: AnswerErrorCode | null;
}

/** What a call was made for. */
export interface RequestOwner {
  /** The message's id; null for a call that belongs to no message of the chat. */
  readonly id: string | null;
  readonly chatId: string;
}

/**
 * Adds a call of the provider to the ledger. If the message has been deleted since, the row refers to no message; if
 * the whole chat has been deleted, nothing is recorded.
 *
 * @throws the database's error, but only for a call that succeeded: a failed call has an error that explains more.
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
      `node-llm-trpc: a failed request of chat ${chatId} could not be recorded: ${String(error)}`,
    );
  }
}
