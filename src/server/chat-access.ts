import { ChatError } from "../chat/chat-error.ts";
import { readChat } from "../orm/messages/read-chat.ts";
import type { Database } from "../orm/database/database.ts";
import type { Row } from "../orm/database/prisma-client-like.ts";
import type { ChatRow, MessageRow } from "../orm/database/rows.ts";
import type { ChatRouterOptions } from "./chat-router-options.ts";
import { messageNotFound } from "./errors.ts";

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
    if (row === null) throw messageNotFound();
    return { row, chat: await this.chat(ctx, row.chatId, messageNotFound) };
  }
}

/**
 * The caller's scope as a filter. Prisma takes `undefined` for "no filter", which would show every chat to a
 * caller without a user id: so it is refused.
 */
function scopeColumns(scope: Row | undefined, db: Database): Row {
  const columns = scope ?? {};
  for (const [column, value] of Object.entries(columns)) {
    if (!db.has("chat", column)) {
      throw new ChatError(
        "CONFIGURATION",
        `createChatRouter: \`scope\` names "${column}", which is not a column of the chat's model.`,
      );
    }
    if (value === undefined) {
      throw new ChatError(
        "CONFIGURATION",
        `createChatRouter: \`scope\` gives no value for "${column}". Refuse callers without one in the procedure.`,
      );
    }
  }
  return columns;
}
