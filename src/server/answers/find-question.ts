import { ChatError } from "../../chat/chat-error.ts";
import type { Database } from "../../orm/database/database.ts";
import { branchOrder } from "../../orm/messages/read-branch.ts";
import type { MessageRow } from "../../orm/database/rows.ts";

/**
 * Finds the user message that a message answers; a user message itself.
 *
 * @throws ChatError `BAD_REQUEST` when there is none.
 */
export async function findQuestion(db: Database, row: MessageRow): Promise<MessageRow> {
  if (row.role === "user") return row;
  const isLinked = row.role === "assistant" && row.parentId != null;
  const question = isLinked
    ? await db.message.findFirst({ where: { id: row.parentId } })
    : await db.message.findFirst({
        where: { chatId: row.chatId, role: "user", createdAt: { lte: row.createdAt } },
        orderBy: branchOrder(db, "desc"),
      });
  if (question === null)
    throw new ChatError(
      "BAD_REQUEST",
      "The message does not answer a user message, so there is nothing to regenerate.",
    );
  return question;
}
