import { ChatError } from "../../chat/chat-error.ts";
import type { Database } from "../database/database.ts";
import { isRecordNotFound, isUniqueViolation } from "../database/prisma-errors.ts";
import type { MessageRow } from "../database/rows.ts";
import { readNewestEntry } from "./log-entry.ts";
import { endWaiting, takeMessage } from "./message-lock.ts";

/**
 * What became of the wish to stop an answer: it is `asked` for and the producer finds it with its next write, at the
 * latest when it is about to end or to wait; an answer that waited is `stopped`, with its row; or there is `nothing` to stop,
 * since it has ended, or been asked before.
 */
export type StopOutcome = "asked" | { readonly stopped: MessageRow } | "nothing";

const attempts = 20;

/** Stops an answer, or asks the process that produces it to do so, through the message's log. */
export async function requestStop(db: Database, messageId: string): Promise<StopOutcome> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const message = await db.message.findFirst({ where: { id: messageId } });
    if (message?.turnLock == null) return "nothing";
    if (message.status === "awaiting_approval") {
      const mark = await readNewestEntry(db, messageId);
      const isWaiting = mark?.kind === "approval";
      const ended = isWaiting ? await endWaiting(db, message, asStopped, mark) : null;
      if (ended !== null) return { stopped: ended };
      continue; // It goes on, or has ended, since it was read.
    }
    try {
      const { id, chatId } = message;
      const [, asked] = await db.batch([
        takeMessage(db, message),
        db.execute(db.sql.requestStop(), [id, chatId]),
        // The end of a complete answer looks here.
        db.message.updateMany({
          where: { id, turnLock: chatId, status: { not: "awaiting_approval" } },
          data: { stopRequestedAt: new Date() },
        }),
      ]);
      if (asked === 1) return "asked";
      if ((await readNewestEntry(db, messageId, "stop")) !== null) return "nothing";
    } catch (error) {
      // The producer saves, or ends, at this very moment.
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
