import type { ChatEvent } from "../../chat/chat-event.ts";
import type { Answer } from "../../chat/answer.ts";

/**
 * What a hub's `stop` did: it told the producer (`delivered`), had told it before (`repeated`), or does not know the
 * answer (`unknown`).
 */
export type StopRequest = "delivered" | "repeated" | "unknown";

/**
 * Delivers the events of answers, and the news of chats, between the instances of an app. The package has two:
 * `createMemoryHub` for one process and `createRedisHub` for several. Write your own to use another broker:
 * `docs/hubs.md` has one of 80 lines.
 *
 * A hub only makes things faster. The database is the truth: what a hub loses is read from there a little later, so a hub
 * may lose events and may deliver them twice. Its methods are called in the process that produces an answer (`open`,
 * `end`), in one that reads it (`find`, `subscribe`), and in any of them (`stop`, `notify`, `watch`). They do not throw:
 * a hub that has lost its server knows no answers until the server is back.
 */
export interface ChatHub {
  /**
   * True while the hub hears of other processes. While it is false, the database is polled for their answers and
   * changes, for as long as somebody reads or watches.
   */
  readonly isConnected: boolean;
  /**
   * A process begins to produce an answer. Publish its events: `answer.since(cursor)` has those after a cursor, and
   * `answer.changed(signal)` resolves when there are more.
   *
   * @param stop ends the answer; to be called when another process calls `stop`.
   */
  open(answer: Answer, stop: () => void): void;
  /** The answer that was opened here has ended, or waits for an approval. Keep it for a while for late readers. */
  end(messageId: string): void;
  /**
   * @returns the answer if this process produces it, or if it has just ended, in whichever process; null for any other.
   *   For an answer that ended elsewhere, create an `Answer` from the message of its `done` event and `finish` it.
   */
  find(messageId: string): Answer | null | Promise<Answer | null>;
  /**
   * Calls back with the events of an answer that another process produces, in their order, until the signal aborts:
   * first with those that are still there, then with new ones.
   */
  subscribe(
    messageId: string,
    onEvents: (events: readonly ChatEvent[]) => void,
    signal: AbortSignal,
  ): void;
  /** Calls the `stop` of the answer, wherever it is produced, so that its process need not find out from the database. */
  stop(messageId: string): StopRequest | Promise<StopRequest>;
  /** Something has changed in a chat: calls back those that watch it, in all processes. */
  notify(chatId: string): void;
  /** Calls back after each change of a chat, also without a reason, until the signal aborts. */
  watch(chatId: string, onChange: () => void, signal: AbortSignal): void;
  /** Calls back when the hub has lost its server, and when it is back. For hubs that have a server. */
  onConnectionChange?(listener: (isConnected: boolean) => void): void;
}
