import { ChatError } from "../chat/chat-error.ts";
import type { Database } from "../orm/database/database.ts";
import type { Row } from "../orm/database/client/prisma-client-like.ts";
import type { OpenedChat } from "../orm/turn/begin/open-chat.ts";
import { openChat } from "../orm/turn/begin/open-chat.ts";
import type { ChatRow, MessageRow } from "../orm/database/rows.ts";
import { readChat } from "../orm/messages/read-chat.ts";
import { scopeKey } from "../orm/usage/scope-key.ts";
import { findsChat } from "../orm/database/finds-chat.ts";
import { ClientRequest } from "./limits/client-request.ts";
import type { ReadBy } from "./limits/read-limiter.ts";
import { messageNotFound } from "./errors.ts";
import type { FailureListener } from "./report-failure.ts";
import { reportFailure } from "./report-failure.ts";
import type { ScopeOption } from "./scope.ts";
import { checkScopeOption, parseScope } from "./scope.ts";

/** Who calls a procedure. */
export interface Caller<Context> {
  /** The context of the caller's procedure. */
  readonly ctx: Context;
  /** The columns that all chats of the caller have: a filter of each query, and values of each new chat. */
  readonly scope: Row;
  /** The request that the call belongs to. Without it, the call is a request of its own. */
  readonly request?: ClientRequest;
}

/** How a caller's reads are counted. */
export function readBy({ scope, request }: Caller<unknown>): ReadBy {
  return { scope: scopeKey(scope), request: request ?? new ClientRequest() };
}

/** Reads chats and messages in the caller's scope. Outside of it nothing exists. */
export class ChatAccess<Context> {
  readonly #db: Database;
  readonly #scope: ScopeOption<Context>;
  readonly #onError: FailureListener | undefined;

  /** @throws ChatError `CONFIGURATION` unless `scope` is a function or `"everyone"`. */
  constructor(db: Database, scope: ScopeOption<Context>, onError?: FailureListener) {
    checkScopeOption(scope);
    this.#db = db;
    this.#scope = scope;
    this.#onError = onError;
  }

  /**
   * Asks the app for the caller's scope. Each procedure begins with it.
   *
   * @throws ChatError `CONFIGURATION` when the app's `scope` returns anything else than columns with values. `onError`
   * is told as well, because the client is not told what is wrong.
   * @throws ChatError `TOO_MANY_REQUESTS` when the request has too many calls.
   */
  caller(ctx: Context, request = new ClientRequest()): Caller<Context> {
    const scope = this.#scope === "everyone" ? {} : this.#parsed(this.#scope({ ctx }));
    request.addCall(scopeKey(scope));
    return { ctx, request, scope };
  }

  #parsed(result: unknown): Row {
    try {
      return parseScope(result, (name) => this.#db.has("chat", name));
    } catch (error) {
      reportFailure(this.#onError, { task: "scope", error, chatId: null, messageId: null });
      throw error;
    }
  }

  /**
   * Reads a chat.
   *
   * @throws ChatError `NOT_FOUND`, or the error that `notFound` creates.
   */
  async chat(
    { scope }: Caller<Context>,
    chatId: string,
    notFound?: () => ChatError,
  ): Promise<ChatRow> {
    try {
      return await readChat(this.#db, chatId, scope);
    } catch (error) {
      if (notFound !== undefined && error instanceof ChatError && error.code === "NOT_FOUND")
        throw notFound();
      throw error;
    }
  }

  /**
   * Checks that a chat is there, without reading it.
   *
   * @throws the error that `notFound` creates.
   */
  async check(
    { scope }: Caller<Context>,
    chatId: string,
    notFound: () => ChatError,
  ): Promise<void> {
    if (!(await findsChat(this.#db, chatId, scope))) throw notFound();
  }

  /**
   * Reads a chat that is about to get messages.
   *
   * @throws ChatError `NOT_FOUND`.
   */
  open({ scope }: Caller<Context>, chatId: string): Promise<OpenedChat> {
    return openChat(this.#db, chatId, scope);
  }

  /**
   * Reads a message with its chat.
   *
   * @throws ChatError `NOT_FOUND`, the same for a missing message and for one outside the caller's scope.
   */
  async message(
    caller: Caller<Context>,
    messageId: string,
  ): Promise<{ row: MessageRow; chat: ChatRow }> {
    const row = await this.#db.message.findFirst({ where: { id: messageId } });
    if (row === null) throw messageNotFound();
    return { row, chat: await this.chat(caller, row.chatId, messageNotFound) };
  }
}
