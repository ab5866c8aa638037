import { ChatError } from "../../chat/chat-error.ts";
import type { UpdateChatInput } from "../../chat/chat-procedures.ts";
import type { Database } from "../../orm/database/database.ts";
import type { Row } from "../../orm/database/client/prisma-client-like.ts";

/**
 * The columns of a chat's row that its users may set, without those that the input leaves out.
 *
 * @throws ChatError `BAD_REQUEST` for a temperature when the schema lacks that optional column.
 */
export function chatSettingColumns(db: Database, input: Omit<UpdateChatInput, "chatId">): Row {
  const { title, model, instructions, temperature, metadata } = input;
  if (temperature != null && !db.has("chat", "temperature")) {
    throw new ChatError(
      "BAD_REQUEST",
      "Chats cannot have a temperature of their own: the Prisma schema lacks the column for it. On the server, run `npx node-llm-trpc sync --write`, then `npx prisma migrate dev` and `npx prisma generate`.",
    );
  }
  return db.pick("chat", { title, model, instructions, temperature, metadata });
}
