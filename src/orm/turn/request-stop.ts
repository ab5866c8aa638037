import { ChatError } from "../../chat/chat-error.ts";
import type { Database } from "../database/database.ts";
import { isRecordNotFound, isUniqueViolation } from "../database/prisma-errors.ts";
import type { MessageRow } from "../database/rows.ts";
import { readNewestEntry } from "./log-entry.ts";
import { endWaiting, takeMessage } from "./message-lock.ts";

/**
 * What a request to stop an answer did. `asked`: the producer finds the request with its next write, at the latest when it
 * is about to end or to wait. `stopped`: the answer waited, and was ended here. `nothing`: it had ended, or had been asked
 * to stop before.
 */
export type StopOutcome = "asked" | { readonly stopped: MessageRow } | "nothing";

const attempts = 20;

/**
 * Stops an answer that waits, or asks the process that produces it to stop, through the log of the answer.
 *
 * @throws ChatError `CONFLICT` when the producer was faster each time.
 */
export async function requestStop(db: Database, messageId: string): Promise<StopOutcome> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const message = await db.message.findFirst({ where: { id: messageId } });
    if (message?.turnLock == null) return "nothing";
    if (message.status === "awaiting_approval") {
      const mark = await readNewestEntry(db, messageId);
      const isWaiting = mark?.kind === "approval";
      const ended = isWaiting ? await endWaiting(db, message, asStopped, mark) : null;
      if (ended !== null) return { stopped: ended };
      continue; // It continued or ended after it was read.
    }
    try {
      const { id, chatId } = message;
      const [, asked] = await db.batch([
        takeMessage(db, message),
        db.execute(db.sql.requestStop(), [id, chatId]),
        // An answer that is about to be complete looks here.
        db.message.updateMany({
          where: { id, turnLock: chatId, status: { not: "awaiting_approval" } },
          data: { stopRequestedAt: new Date() },
        }),
      ]);
      if (asked === 1) return "asked";
      if ((await readNewestEntry(db, messageId, "stop")) !== null) return "nothing";
    } catch (error) {
      // The producer saves or ends at this very moment.
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
