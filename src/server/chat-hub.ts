import type { LiveMessage } from "../chat/live-message.ts";

/**
 * Where the readers of an answer find it while it is produced. A hub only makes things faster: an answer
 * that it does not know is followed in the database.
 */
export interface ChatHub {
  /** The producer offers an answer. `stop` ends it. */
  open(message: LiveMessage, stop: () => void): void;
  /** The answer has ended; readers that come a little late still find it. */
  close(messageId: string): void;
  /** The answer as it is produced, or has just ended; null when the hub does not know it. */
  find(messageId: string): LiveMessage | null | Promise<LiveMessage | null>;
  /** Asks the producer to stop. False when the hub does not know the answer, or it has been asked already. */
  stop(messageId: string): boolean | Promise<boolean>;
}
