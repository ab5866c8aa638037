import type { ChatMessage } from "../../chat/chat-message.ts";
import type { ListChatsInput, ListMessagesInput, Page } from "../../chat/chat-procedures.ts";
import type { ChatSummary } from "../../chat/chat-summary.ts";
import type { Database } from "../../orm/database/database.ts";
import type { ChatRow, MessageRow } from "../../orm/database/rows.ts";
import { toChatMessage } from "../../orm/messages/to-chat-message.ts";
import type { ChatFiles } from "../attachments/chat-files.ts";
import type { Caller, ChatAccess } from "../chat-access.ts";
import { readBy } from "../chat-access.ts";
import { listChats } from "../chats/list-chats.ts";
import { readChatMessages } from "../chats/read-chat-messages.ts";
import { readChatSummaries } from "../chats/read-chat-summaries.ts";
import type { FittedPage } from "../chats/read-message-page.ts";
import { fitPage, planMessagePage, readMessagePage } from "../chats/read-message-page.ts";
import { SearchQueue } from "../chats/search-queue.ts";
import { toChatSummary } from "../chats/to-chat-summary.ts";
import type { ReadBy, ReadLimiter } from "../limits/read-limiter.ts";
import type { FreshMessages } from "../streams/fresh-messages.ts";
import { readMessage } from "../streams/read-saved-message.ts";

/** Messages in a page. */
const defaultPageSize = 50;
/** A page ends with the message or the chat that reaches this size, so that no page has all texts of a long chat. */
const maxPageBytes = 2_000_000;
/** What the read of one chat counts as while it is in progress: about its instructions and its metadata. */
const chatBytes = 120_000;
/** What a change of one counts as: more, because those that have begun are not refused when the limit is reached. */
const changeBytes = 1_000_000;
/** A message has its text twice: as its content, and in its parts. */
const textsOfMessage = 2;

/** What tRPC says of a call. */
export interface CallInfo {
  readonly signal?: AbortSignal | undefined;
}

interface ChatReadsDependencies<Context> {
  readonly db: Database;
  readonly access: ChatAccess<Context>;
  readonly files: ChatFiles<Context>;
  readonly fresh: FreshMessages;
  /** Counts the texts that callers read. */
  readonly texts: ReadLimiter;
}

/** The texts that a caller reads. Each of these throws ChatError `TOO_MANY_REQUESTS` when they are too many. */
export class ChatReads<Context> {
  readonly #db: Database;
  readonly #access: ChatAccess<Context>;
  readonly #files: ChatFiles<Context>;
  readonly #fresh: FreshMessages;
  readonly #texts: ReadLimiter;
  readonly #searches = new SearchQueue();

  constructor({ db, access, files, fresh, texts }: ChatReadsDependencies<Context>) {
    this.#db = db;
    this.#access = access;
    this.#files = files;
    this.#fresh = fresh;
    this.#texts = texts;
  }

  /** Reads a page of the caller's chats. */
  async list(
    caller: Caller<Context>,
    input: ListChatsInput,
    { signal }: CallInfo,
  ): Promise<Page<ChatSummary>> {
    const { scope } = caller;
    const by = readBy(caller);
    const maxSize = this.#pageBytes(by);
    const list = () =>
      this.#texts.runUnmeasured(by, maxSize, () =>
        listChats(this.#db, scope, input, { signal, maxSize }),
      );
    return input.search === undefined ? list() : this.#searches.run(scope, list);
  }

  /** Reads a chat. */
  chat(caller: Caller<Context>, chatId: string): Promise<ChatSummary> {
    return this.#texts.runUnmeasured(readBy(caller), chatBytes, async () =>
      this.#summary(await this.#access.chat(caller, chatId)),
    );
  }

  /** Changes a chat, and reads what it is now. When too much was read, nothing is changed. */
  changedChat(caller: Caller<Context>, change: () => Promise<ChatRow>): Promise<ChatSummary> {
    const by = readBy(caller);
    return this.#texts.query(by, changeBytes, async () =>
      // The change stands, so this is counted and never refused.
      this.#texts.count(by, await this.#summary(await change())),
    );
  }

  async #summary(chat: ChatRow): Promise<ChatSummary> {
    const [summary = toChatSummary(chat, null)] = await readChatSummaries(this.#db, [chat]);
    return summary;
  }

  /** Reads a page of a chat's messages. */
  async messages(
    caller: Caller<Context>,
    { chatId, cursor, limit = defaultPageSize }: ListMessagesInput,
  ): Promise<Page<ChatMessage>> {
    const by = readBy(caller);
    const page = { cursor: cursor ?? null, limit, maxBytes: this.#pageBytes(by) };
    const plan = await this.#texts.query(by, 0, async () =>
      planMessagePage(this.#db, await this.#access.chat(caller, chatId), page),
    );
    const read = async (): Promise<FittedPage> => {
      const rows = await readMessagePage(this.#db, chatId, plan);
      const messages = await this.#fresh.read(chatId, rows);
      const items = await Promise.all(
        rows.map((row, index) => this.#files.withUrls(row, messages[index] ?? toChatMessage(row))),
      );
      return fitPage({ rows, items, nextCursor: plan.nextCursor }, textsOfMessage * page.maxBytes);
    };
    const estimate = textsOfMessage * plan.bytes;
    const { items, nextCursor } = await this.#texts.run(by, estimate, read, ({ bytes }) => bytes);
    return { items, nextCursor };
  }

  /** Reads a message that has ended, with all that belongs to it. */
  endedMessage(caller: Caller<Context>, row: MessageRow): Promise<ChatMessage> {
    return this.#texts.runUnmeasured(readBy(caller), maxPageBytes, async () => {
      const [message] = await readChatMessages(this.#db, row.chatId, [row]);
      return message ?? readMessage(this.#db, row);
    });
  }

  /** How large a page may be. Those of one request are sent together, so each may be smaller than the one before. */
  #pageBytes(by: ReadBy): number {
    return maxPageBytes / (this.#texts.nextPage(by) + 1);
  }
}
