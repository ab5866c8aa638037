import type { ChatMessage } from "../../chat/chat-message.ts";
import type { Database } from "../../orm/database/database.ts";
import { recoverMessage } from "../../orm/turn/recover.ts";
import type { MessageRow } from "../../orm/database/rows.ts";
import { toChatMessage } from "../../orm/messages/to-chat-message.ts";
import type { ChatHub } from "../hub/chat-hub.ts";
import { readChatMessages } from "../chats/read-chat-messages.ts";
import { readMessage, readSaved } from "./read-saved-message.ts";

/** Messages as they are now: from the hub while they are produced, and from the database otherwise. */
export class LatestMessages {
  readonly #db: Database;
  readonly #hub: ChatHub;

  constructor(db: Database, hub: ChatHub) {
    this.#db = db;
    this.#hub = hub;
  }

  /** The messages, with those in progress as new as this process knows them. */
  async read(chatId: string, rows: readonly MessageRow[]): Promise<ChatMessage[]> {
    const messages = await readChatMessages(this.#db, chatId, rows);
    return Promise.all(
      rows.map(async (row, index) => {
        const message = messages[index] ?? toChatMessage(row);
        if (row.turnLock == null) return message;
        const { siblings, siblingIds } = message;
        return { ...(await this.active(row)), siblings, siblingIds };
      }),
    );
  }

  /** An answer in progress, as new as this process knows it. */
  async active(row: MessageRow): Promise<ChatMessage> {
    const live = await this.#hub.find(row.id);
    if (live !== null) return live.snapshot();
    const ended = await recoverMessage(this.#db, row);
    return ended === null ? (await readSaved(this.#db, row)).message : readMessage(this.#db, ended);
  }
}
