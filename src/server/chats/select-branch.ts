import { ChatError } from "../../chat/chat-error.ts";
import type { Database } from "../../orm/database/database.ts";
import { isRecordNotFound } from "../../orm/database/prisma-errors.ts";
import type { ChatRow } from "../../orm/database/rows.ts";
import { branchThrough } from "../../orm/messages/branch-to.ts";
import { changeChat, chatChangedError, readChat } from "../../orm/messages/read-chat.ts";
import { recoverChat } from "../../orm/turn/recover.ts";

const maxAttempts = 3;

/**
 * Makes the branch that contains a message the active one.
 *
 * @returns false when it already is.
 * @throws ChatError `CONFLICT` when an answer is in progress, `NOT_FOUND` when the message or the chat was deleted.
 */
export async function selectBranch(
  db: Database,
  given: ChatRow,
  messageId: string,
): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    const chat = attempt === 1 ? given : await readChat(db, given.id);
    if (!(await recoverChat(db, chat.id)).isFree) throw answerInProgress();
    const changes = await branchThrough(db, chat.id, messageId);
    if (changes.length === 0) return false;
    const touch = changeChat(db, chat, {
      lastPosition: { increment: 1 },
      // One millisecond tells other instances of a change and keeps the place of the chat in the list.
      updatedAt: new Date(chat.updatedAt.getTime() + 1),
    });
    try {
      await db.batch([touch, ...changes]);
      return true;
    } catch (error) {
      if (!isRecordNotFound(error)) throw error;
      if (attempt === maxAttempts) throw chatChangedError();
    }
  }
}

function answerInProgress(): ChatError {
  return new ChatError(
    "CONFLICT",
    "An answer is in progress in this chat. Stop it, or wait until it ends, and try again.",
  );
}
