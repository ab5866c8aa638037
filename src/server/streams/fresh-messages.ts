import { Answer } from "../../chat/answer.ts";
import type { ChatMessage } from "../../chat/chat-message.ts";
import type { Database } from "../../orm/database/database.ts";
import { recoverMessage } from "../../orm/turn/recover.ts";
import type { MessageRow } from "../../orm/database/rows.ts";
import { toChatMessage } from "../../orm/messages/to-chat-message.ts";
import type { ChatHub } from "../hub/chat-hub.ts";
import { readChatMessages } from "../chats/read-chat-messages.ts";
import { asShown, readSavedMessage, readShown } from "./read-saved-message.ts";

/** Reads messages as they are at this moment. Answers in progress come from the hub if it knows them. */
export class FreshMessages {
  readonly #db: Database;
  readonly #hub: ChatHub;
  readonly #onRead: (rows: readonly MessageRow[]) => void;

  readonly #isJson: boolean;

  /**
   * @param onRead called with all rows that are read.
   * @param isJson whether answers are JSON.
   */
  constructor(
    db: Database,
    hub: ChatHub,
    onRead: (rows: readonly MessageRow[]) => void,
    isJson = false,
  ) {
    this.#isJson = isJson;
    this.#db = db;
    this.#hub = hub;
    this.#onRead = onRead;
  }

  /** Turns rows into messages, with their siblings and with all that this process knows of answers in progress. */
  async read(chatId: string, rows: readonly MessageRow[]): Promise<ChatMessage[]> {
    this.#onRead(rows);
    const messages = await readChatMessages(this.#db, chatId, rows);
    return Promise.all(
      rows.map(async (row, index) => {
        const message = messages[index] ?? toChatMessage(row);
        // The stream of an end that is being told has it as soon as that is over.
        if (row.turnLock == null) return asShown(row, message);
        const { siblings, siblingIds } = message;
        return { ...(await this.readAnswer(row)), siblings, siblingIds };
      }),
    );
  }

  /** Reads an answer in progress. One whose process is gone is ended first. */
  async readAnswer(row: MessageRow): Promise<ChatMessage> {
    const answer = await this.#hub.find(row.id);
    if (answer !== null) return answer.snapshot();
    const ended = await recoverMessage(this.#db, row);
    if (ended !== null) return readShown(this.#db, ended);
    const { message } = await readSavedMessage(this.#db, row);
    return this.#isJson ? new Answer(message, true).snapshot() : message;
  }
}
