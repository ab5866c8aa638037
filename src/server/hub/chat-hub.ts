import type { ChatEvent } from "../../chat/chat-event.ts";
import type { Answer } from "../../chat/answer.ts";

/** Whether the producer of an answer was told to stop: now, before, or not by this hub. */
export type StopRequest = "delivered" | "repeated" | "unknown";

/**
 * Where the readers of an answer find it while it is produced, and where the tabs of a chat hear of changes.
 * A hub only makes things faster: what it does not know is followed in the database, which is the truth.
 */
export interface ChatHub {
  /**
   * True while the hub hears of other processes. While it does not, the database is asked for their answers
   * and changes at short intervals, for as long as somebody reads.
   */
  readonly isConnected: boolean;
  /** The producer offers an answer. `stop` ends it. */
  open(message: Answer, stop: () => void): void;
  /** The answer has ended; readers that come a little late still find it. */
  end(messageId: string): void;
  /** The answer as this process produces it, or as it has just ended anywhere; null when the hub does not know it. */
  find(messageId: string): Answer | null | Promise<Answer | null>;
  /**
   * Hands on what another process publishes of an answer: what is still there of it, then what comes, until
   * the signal aborts. Events may come twice, and some may be missing.
   */
  follow(
    messageId: string,
    onEvents: (events: readonly ChatEvent[]) => void,
    signal: AbortSignal,
  ): void;
  /** Tells the producer at once, wherever it is, what it would find in the database a little later. */
  stop(messageId: string): StopRequest | Promise<StopRequest>;
  /** Tells those who watch a chat that something has changed; the database says what. */
  notify(chatId: string): void;
  /** Calls back when something may have changed in a chat, until the signal aborts. */
  watch(chatId: string, onChange: () => void, signal: AbortSignal): void;
  /** Calls back when the hub has lost its server, and when it is back. A hub without a server needs none. */
  onConnectionChange?(listener: (isConnected: boolean) => void): void;
}
