import { ChatError } from "../../chat/chat-error.ts";
import type { Database } from "../../orm/database/database.ts";

/**
 * Refuses another version of a question or an answer when there are as many as the limit allows: each message is sent
 * with the ids of all of its versions.
 *
 * @throws ChatError `BAD_REQUEST`.
 */
export async function checkVersions(
  db: Database,
  of: { readonly chatId: string; readonly parentId: string | null; readonly role: string },
  max: number,
): Promise<void> {
  if (max === Infinity) return;
  // Old rows without a position have no parent either, and are no versions of each other.
  const versions = await db.message.findMany({
    where: { ...of, position: { not: null } },
    select: { id: true },
    take: Math.ceil(max),
  });
  if (versions.length < max) return;
  const what = of.role === "user" ? "question" : "answer";
  throw new ChatError(
    "BAD_REQUEST",
    `There are ${max} versions of this ${what}, which is the limit. Ask in a new message instead.`,
  );
}
