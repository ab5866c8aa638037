import type { Interval } from "./server/interval.ts";
import type { Instance } from "./server/server-process.ts";

/** What one reader was told of an answer, and by whom. */
export class Reading {
  readonly chatId: string;
  /** Null for a question that was refused since the chat was taken. */
  readonly messageId: string | null;
  /** The last time at which it was told that the answer is in progress, in milliseconds since 1970; 0 for never. */
  inProgressAt = 0;
  /** When it was told that the answer was interrupted. */
  interruptedAt: number | null = null;
  /** Times at which it waited for an instance to be there. */
  readonly away: Interval[] = [];
  readonly spans: { readonly instance: Instance; readonly from: number; to: number }[] = [];

  constructor(chatId: string, messageId: string | null) {
    this.chatId = chatId;
    this.messageId = messageId;
  }

  /** From now on it depends on this instance, which it has waited for since then. */
  turnTo(instance: Instance, since: number): void {
    const now = Date.now();
    if (now > since) this.away.push({ from: since, to: now });
    this.spans.push({ instance, from: now, to: Infinity });
  }

  /** It does not depend on the instance any longer. */
  leave(): void {
    const span = this.spans.at(-1);
    if (span !== undefined) span.to = Math.min(span.to, Date.now());
  }
}
