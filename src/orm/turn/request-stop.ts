import { ChatError } from "../../chat/chat-error.ts";
import { isWaiting } from "../../chat/chat-message.ts";
import type { Database } from "../database/database.ts";
import { isRecordNotFound, isUniqueViolation } from "../database/prisma-errors.ts";
import type { MessageRow } from "../database/rows.ts";
import { readNewestEntry } from "./log-entry.ts";
import { endWaiting, takeLock } from "./message-lock.ts";

/**
 * The outcome of a request to stop an answer.
 *
 * - `asked`: the producer will find the request with its next write, at the latest when it ends or suspends the answer.
 * - `stopped`: the answer was waiting for somebody, and was ended here.
 * - `nothing`: the answer had already ended or been asked to stop.
 */
export type StopOutcome = "asked" | { readonly stopped: MessageRow } | "nothing";

const maxAttempts = 20;

/**
 * Stops an answer: ends it if it waits for somebody, or else asks its producer to stop, through the log of the answer.
 *
 * @throws ChatError `CONFLICT` when the producer was faster on every attempt.
 */
export async function requestStop(db: Database, messageId: string): Promise<StopOutcome> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const message = await db.message.findFirst({ where: { id: messageId } });
    if (message?.turnLock == null) return "nothing";
    if (isWaiting(message.status)) {
      const newest = await readNewestEntry(db, messageId);
      const isMarked = newest?.kind === "approval";
      const ended = isMarked ? await endWaiting(db, message, asStopped, newest) : null;
      if (ended !== null) return { stopped: ended };
      continue; // The answer continued or ended after the row was read.
    }
    try {
      const { id, chatId } = message;
      const [, asked] = await db.batch([
        takeLock(db, message),
        db.execute(db.sql.requestStop(), [id, chatId]),
        // The producer checks this column before it completes the answer.
        db.message.updateMany({
          where: {
            id,
            turnLock: chatId,
            status: { notIn: ["awaiting_approval", "awaiting_output"] },
          },
          data: { stopRequestedAt: new Date() },
        }),
      ]);
      if (asked === 1) return "asked";
      if ((await readNewestEntry(db, messageId, "stop")) !== null) return "nothing";
    } catch (error) {
      // The producer has just written to the log, or ended the answer.
      if (!isUniqueViolation(error) && !isRecordNotFound(error)) throw error;
    }
  }
  throw new ChatError("CONFLICT", "The answer could not be stopped just now. Try again.");
}

const asStopped = {
  status: "stopped",
  errorCode: null,
  toolResult: "The tool was not run: the answer was stopped.",
} as const;
