import type { LiveMessage } from "../chat/live-message.ts";
import type { ChatHub } from "./chat-hub.ts";

export interface MemoryHubOptions {
  /** How long an answer that has ended stays readable, in milliseconds; 60,000 by default. */
  retention?: number | undefined;
}

interface Entry {
  readonly message: LiveMessage;
  readonly stop: () => void;
  isStopped: boolean;
}

/** A hub for one process. Keep it on `globalThis` where a bundler loads modules more than once (Next.js). */
export function createMemoryHub({ retention = 60_000 }: MemoryHubOptions = {}): ChatHub {
  const entries = new Map<string, Entry>();
  return {
    open(message, stop) {
      entries.set(message.id, { message, stop, isStopped: false });
    },
    close(messageId) {
      const entry = entries.get(messageId);
      setTimeout(() => {
        if (entries.get(messageId) === entry) entries.delete(messageId);
      }, retention).unref();
    },
    find: (messageId) => entries.get(messageId)?.message ?? null,
    stop(messageId) {
      const entry = entries.get(messageId);
      if (entry === undefined || entry.isStopped || entry.message.final !== null) return false;
      entry.isStopped = true;
      entry.stop();
      return true;
    },
  };
}
