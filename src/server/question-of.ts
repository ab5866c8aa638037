import { ChatError } from "../chat/chat-error.ts";
import type { Database } from "../orm/database.ts";
import { branchOrder } from "../orm/history.ts";
import type { MessageRow } from "../orm/rows.ts";

/** The id of the user message that a message answers, or is. */
export async function questionOf(db: Database, row: MessageRow): Promise<string> {
  if (row.role === "user") return row.id;
  if (row.role === "assistant" && row.parentId != null) return row.parentId;
  const question = await db.message.findFirst({
    where: { chatId: row.chatId, role: "user", createdAt: { lte: row.createdAt } },
    orderBy: branchOrder(db, "desc"),
  });
  if (question === null)
    throw new ChatError(
      "BAD_REQUEST",
      "The message answers no question, so there is nothing to make again.",
    );
  return question.id;
}
