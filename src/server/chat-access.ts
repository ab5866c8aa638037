import { ChatError } from "../chat/chat-error.ts";
import type { Database } from "../orm/database/database.ts";
import type { Row } from "../orm/database/prisma-client-like.ts";
import type { ChatRow, MessageRow } from "../orm/database/rows.ts";
import { readChat } from "../orm/messages/read-chat.ts";
import type { ChatRouterOptions } from "./chat-router-options.ts";
import { messageNotFound } from "./errors.ts";

/** Reads chats and messages in the caller's scope. Outside of it nothing exists. */
export class ChatAccess<Context> {
  readonly #db: Database;
  readonly #scope: ChatRouterOptions<Context>["scope"];

  constructor(db: Database, scope: ChatRouterOptions<Context>["scope"]) {
    this.#db = db;
    this.#scope = scope;
  }

  /**
   * The columns that all chats of the caller have.
   *
   * @throws ChatError `CONFIGURATION` when the app's `scope` returns an unknown column or an `undefined` value.
   */
  scope(ctx: Context): Row {
    const columns: Row = this.#scope?.({ ctx }) ?? {};
    for (const [column, value] of Object.entries(columns)) {
      if (!this.#db.has("chat", column)) {
        throw new ChatError(
          "CONFIGURATION",
          `createChatRouter: \`scope\` returns "${column}", which is not a column of the chat's model.`,
        );
      }
      // Prisma ignores a filter that is `undefined`: a caller without a user id would see every chat.
      if (value === undefined) {
        throw new ChatError(
          "CONFIGURATION",
          `createChatRouter: \`scope\` returns no value for "${column}". Refuse callers without one in your procedure.`,
        );
      }
    }
    return columns;
  }

  /**
   * Reads a chat.
   *
   * @throws ChatError `NOT_FOUND`, or the error that `notFound` creates.
   */
  async chat(ctx: Context, chatId: string, notFound?: () => ChatError): Promise<ChatRow> {
    try {
      return await readChat(this.#db, chatId, this.scope(ctx));
    } catch (error) {
      if (notFound !== undefined && error instanceof ChatError && error.code === "NOT_FOUND")
        throw notFound();
      throw error;
    }
  }

  /**
   * Reads a message with its chat.
   *
   * @throws ChatError `NOT_FOUND`, the same for a missing message and for one outside the caller's scope.
   */
  async message(ctx: Context, messageId: string): Promise<{ row: MessageRow; chat: ChatRow }> {
    const row = await this.#db.message.findFirst({ where: { id: messageId } });
    if (row === null) throw messageNotFound();
    return { row, chat: await this.chat(ctx, row.chatId, messageNotFound) };
  }
}
