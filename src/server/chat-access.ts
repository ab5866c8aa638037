import { ChatError } from "../chat/chat-error.ts";
import { readChat } from "../orm/turn/begin-turn.ts";
import type { Database } from "../orm/database/database.ts";
import type { Row } from "../orm/database/prisma-client-like.ts";
import type { ChatRow, MessageRow } from "../orm/database/rows.ts";
import type { ChatRouterOptions } from "./chat-router-options.ts";
import { scopeColumns } from "./scope-columns.ts";

/** What a caller may see. Everything else does not exist for it. */
export class ChatAccess<Context> {
  readonly #db: Database;
  readonly #scope: ChatRouterOptions<Context>["scope"];

  constructor(db: Database, scope: ChatRouterOptions<Context>["scope"]) {
    this.#db = db;
    this.#scope = scope;
  }

  /** The columns that all chats of the caller have. */
  scope(ctx: Context): Row {
    return scopeColumns(this.#scope?.({ ctx }), this.#db);
  }

  /** @throws ChatError `NOT_FOUND`, or what `otherwise` makes. */
  async chat(ctx: Context, chatId: string, otherwise?: () => ChatError): Promise<ChatRow> {
    try {
      return await readChat(this.#db, chatId, this.scope(ctx));
    } catch (error) {
      if (otherwise !== undefined && error instanceof ChatError && error.code === "NOT_FOUND")
        throw otherwise();
      throw error;
    }
  }

  /** A message in the caller's scope. A stranger's and a missing one are told apart by nothing. */
  async message(ctx: Context, messageId: string): Promise<{ row: MessageRow; chat: ChatRow }> {
    const row = await this.#db.message.findFirst({ where: { id: messageId } });
    if (row === null) throw noSuchMessage();
    return { row, chat: await this.chat(ctx, row.chatId, noSuchMessage) };
  }
}

export function noSuchMessage(): ChatError {
  return new ChatError(
    "NOT_FOUND",
    "There is no such message. It may have been deleted: reload the chat.",
  );
}
