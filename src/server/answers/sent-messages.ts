import { ChatError } from "../../chat/chat-error.ts";
import type { SendMessageOutput } from "../../chat/chat-procedures.ts";
import type { Database } from "../../orm/database/database.ts";
import { toChatMessage } from "../../orm/messages/to-chat-message.ts";
import type { ChatFiles } from "../attachments/chat-files.ts";
import type { Caller, ChatAccess } from "../chat-access.ts";
import { readChatSummaries } from "../chats/read-chat-summaries.ts";
import { unusableId } from "../errors.ts";
import type { FreshMessages } from "../streams/fresh-messages.ts";
import { readShown } from "../streams/read-saved-message.ts";

interface SentMessageDependencies<Context> {
  readonly db: Database;
  readonly access: ChatAccess<Context>;
  readonly files: ChatFiles<Context>;
  readonly fresh: FreshMessages;
}

/** What earlier requests of `send` have committed. */
export class SentMessages<Context> {
  readonly #db: Database;
  readonly #access: ChatAccess<Context>;
  readonly #files: ChatFiles<Context>;
  readonly #fresh: FreshMessages;

  constructor({ db, access, files, fresh }: SentMessageDependencies<Context>) {
    this.#db = db;
    this.#access = access;
    this.#files = files;
    this.#fresh = fresh;
  }

  /**
   * Finds what an earlier request with the same id committed.
   *
   * @param chatId null for a message that makes a chat.
   * @returns null when there was none.
   * @throws ChatError `BAD_REQUEST` when the id belongs to another message.
   */
  async find(
    caller: Caller<Context>,
    chatId: string | null,
    id: string,
  ): Promise<SendMessageOutput | null> {
    const user = await this.#db.message.findFirst({ where: { id } });
    if (user === null) return null;
    const isSame = chatId === null ? user.position === 1 : user.chatId === chatId;
    if (!isSame || user.role !== "user") throw unusableId();
    const chat = chatId === null ? await this.#access.chat(caller, user.chatId, unusableId) : null;
    const assistant = await this.#db.message.findFirst({
      where: { chatId: user.chatId, parentId: id, role: "assistant" },
      orderBy: { position: "asc" },
    });
    if (assistant === null) {
      throw new ChatError(
        "CONFLICT",
        "The message was sent before, but its answer ended with nothing in it. Call `regenerate` with its id to try again.",
      );
    }
    const answer =
      assistant.turnLock == null
        ? await readShown(this.#db, assistant)
        : await this.#fresh.readAnswer(assistant);
    const userMessage = await this.#files.withUrls(user, toChatMessage(user));
    const [summary] = chat === null ? [] : await readChatSummaries(this.#db, [chat]);
    return {
      userMessage,
      assistantMessage: answer,
      ...(summary === undefined ? {} : { chat: summary }),
    };
  }
}
