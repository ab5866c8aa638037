import { ChatError } from "../../chat/chat-error.ts";
import type { UpdateChatInput } from "../../chat/chat-procedures.ts";
import type { Database } from "../../orm/database/database.ts";
import type { Row } from "../../orm/database/prisma-client-like.ts";

/**
 * The columns of a chat's row that its users may set, as far as they are given.
 *
 * @throws ChatError `BAD_REQUEST` for a temperature when the schema has no column for it: an optional one.
 */
export function chatSettingColumns(db: Database, input: Omit<UpdateChatInput, "chatId">): Row {
  const { title, model, instructions, temperature } = input;
  if (temperature != null && !db.has("chat", "temperature")) {
    throw new ChatError(
      "BAD_REQUEST",
      "Chats have no temperature of their own here: the Prisma schema lacks the column. On the server, run `npx node-llm-trpc sync --write`, then `npx prisma migrate dev` and `npx prisma generate`.",
    );
  }
  return db.pick("chat", { title, model, instructions, temperature });
}
