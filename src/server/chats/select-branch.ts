import { ChatError } from "../../chat/chat-error.ts";
import { branchThrough } from "../../orm/messages/branch-to.ts";
import { changeChat, chatChangedError, readChat } from "../../orm/messages/read-chat.ts";
import type { Database } from "../../orm/database/database.ts";
import { isRecordNotFound } from "../../orm/database/prisma-errors.ts";
import { recoverChat } from "../../orm/turn/recover.ts";
import type { ChatRow } from "../../orm/database/rows.ts";

const attempts = 3;

/**
 * Makes the active branch go through a message. Resolves to false when it did already.
 *
 * @throws ChatError `CONFLICT` when an answer is in progress, `NOT_FOUND` when the message or the chat was deleted.
 */
export async function selectBranch(
  db: Database,
  given: ChatRow,
  messageId: string,
): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    const chat = attempt === 1 ? given : await readChat(db, given.id);
    if (!(await recoverChat(db, chat.id)).isFree) throw conflict();
    const changes = await branchThrough(db, chat.id, messageId);
    if (changes.length === 0) return false;
    const touch = changeChat(db, chat, {
      lastPosition: { increment: 1 },
      // A millisecond tells other instances that something has changed, and leaves the order of the list alone.
      updatedAt: new Date(chat.updatedAt.getTime() + 1),
    });
    try {
      await db.batch([touch, ...changes]);
      return true;
    } catch (error) {
      if (!isRecordNotFound(error)) throw error;
      if (attempt === attempts) throw chatChangedError();
    }
  }
}

function conflict(): ChatError {
  return new ChatError(
    "CONFLICT",
    "An answer is in progress in this chat. Stop it, or wait until it ends, and try again.",
  );
}
