import type { Interval } from "./server/interval.ts";
import type { Instance } from "./server/server-process.ts";

/** What one reader was told about an answer, and by which instance. */
export class Reading {
  readonly chatId: string;
  /** Null for a question that was refused because the chat was locked. */
  readonly messageId: string | null;
  /** When it was last told that the answer is in progress, in milliseconds since 1970. 0 for never. */
  inProgressAt = 0;
  /** When it was told that the answer was interrupted. */
  interruptedAt: number | null = null;
  /** The times when it waited for an instance. */
  readonly away: Interval[] = [];
  readonly spans: { readonly instance: Instance; readonly from: number; to: number }[] = [];

  constructor(chatId: string, messageId: string | null) {
    this.chatId = chatId;
    this.messageId = messageId;
  }

  /** From now on it depends on this instance, for which it has waited since `since`. */
  turnTo(instance: Instance, since: number): void {
    const now = Date.now();
    if (now > since) this.away.push({ from: since, to: now });
    this.spans.push({ instance, from: now, to: Infinity });
  }

  /** From now on it depends on no instance. */
  leave(): void {
    const span = this.spans.at(-1);
    if (span !== undefined) span.to = Math.min(span.to, Date.now());
  }
}
