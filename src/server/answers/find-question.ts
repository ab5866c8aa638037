import { ChatError } from "../../chat/chat-error.ts";
import type { Database } from "../../orm/database/database.ts";
import type { MessageRow } from "../../orm/database/rows.ts";
import { placeMessages } from "../../orm/messages/place-messages.ts";
import { readNewest } from "../../orm/messages/read-branch.ts";

/**
 * Finds the user message that a message answers; a user message itself.
 *
 * @throws ChatError `BAD_REQUEST` when there is none.
 */
export async function findQuestion(db: Database, row: MessageRow): Promise<MessageRow> {
  if (row.role === "user") return row;
  const isPlaced = row.position == null && (await placeMessages(db, row.chatId));
  const placed = isPlaced ? await db.message.findFirst({ where: { id: row.id } }) : row;
  const question = placed === null ? null : await findParent(db, placed);
  if (question?.role === "user") return question;
  throw new ChatError(
    "BAD_REQUEST",
    "The message does not answer a user message, so there is nothing to regenerate.",
  );
}

/** The message before: the parent, or what is left of the active branch when another program has deleted that. */
async function findParent(
  db: Database,
  { chatId, parentId, position }: MessageRow,
): Promise<MessageRow | null> {
  if (parentId == null) return null;
  const parent = await db.message.findFirst({ where: { id: parentId, chatId } });
  if (parent !== null) return parent;
  const [last] = await readNewest(db, chatId, 1, { below: position ?? undefined });
  return last ?? null;
}
