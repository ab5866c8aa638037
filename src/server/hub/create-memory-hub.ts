import type { Answer } from "../../chat/answer.ts";
import type { ChatHub } from "./chat-hub.ts";

export interface MemoryHubOptions {
  /** How long an answer that has ended stays readable, in milliseconds; 60,000 by default. */
  retention?: number | undefined;
}

interface Entry {
  readonly message: Answer;
  readonly stop: () => void;
  isStopped: boolean;
}

/** A hub for one process. Keep it on `globalThis` where a bundler loads modules more than once (Next.js). */
export function createMemoryHub({ retention = 60_000 }: MemoryHubOptions = {}): ChatHub {
  const entries = new Map<string, Entry>();
  const watchers = new Map<string, Set<() => void>>();
  const notify = (chatId: string): void => {
    for (const onChange of watchers.get(chatId) ?? []) onChange();
  };
  return {
    isConnected: false,
    open(message, stop) {
      entries.set(message.id, { message, stop, isStopped: false });
      notify(message.chatId);
    },
    end(messageId) {
      const entry = entries.get(messageId);
      if (entry === undefined) return;
      notify(entry.message.chatId);
      // Which process continues an answer that waits is not known; until then the database has all of it.
      if (entry.message.final?.status === "awaiting_approval") entries.delete(messageId);
      setTimeout(() => {
        if (entries.get(messageId) === entry) entries.delete(messageId);
      }, retention).unref();
    },
    find: (messageId) => entries.get(messageId)?.message ?? null,
    follow: () => undefined,
    stop(messageId) {
      const entry = entries.get(messageId);
      if (entry === undefined) return "unknown";
      if (entry.isStopped || entry.message.final !== null) return "repeated";
      entry.isStopped = true;
      entry.stop();
      return "delivered";
    },
    notify,
    watch(chatId, onChange, signal) {
      const callbacks = watchers.get(chatId) ?? new Set();
      watchers.set(chatId, callbacks.add(onChange));
      const leave = (): void => {
        callbacks.delete(onChange);
        if (callbacks.size === 0 && watchers.get(chatId) === callbacks) watchers.delete(chatId);
      };
      signal.addEventListener("abort", leave, { once: true });
    },
  };
}
