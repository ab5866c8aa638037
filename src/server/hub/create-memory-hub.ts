import type { Answer } from "../../chat/answer.ts";
import { isWaiting } from "../../chat/chat-message.ts";
import { checkLimits } from "../../orm/provider/check-limits.ts";
import { onAbort } from "../../shared/on-abort.ts";
import { timerDelay } from "../../shared/timer-delay.ts";
import type { ChatHub } from "./chat-hub.ts";

/** The options of `createMemoryHub`. */
export interface MemoryHubOptions {
  /**
   * How long an answer stays in memory after its end, for readers that come late, in milliseconds.
   * @default 60_000
   */
  retention?: number | undefined;
}

interface OpenAnswer {
  readonly answer: Answer;
  /** Stops it; null once it has been called, and after the end: it holds all that has produced the answer. */
  stop: (() => void) | null;
}

/**
 * Creates a hub for an app that runs in one process. A router without the option `hub` creates its own. Where a bundler
 * loads modules more than once, as Next.js does, create one and keep it on `globalThis`.
 *
 * @example
 * ```ts
 * const globals = globalThis as { chatHub?: ChatHub };
 * const hub = (globals.chatHub ??= createMemoryHub());
 * export const chatRouter = createChatRouter({ procedure, prisma, llm, scope, hub });
 * ```
 */
export function createMemoryHub({ retention = 60_000 }: MemoryHubOptions = {}): ChatHub {
  checkLimits("The hub", { retention });
  const open = new Map<string, OpenAnswer>();
  const watchers = new Map<string, Set<() => void>>();
  const notify = (chatId: string): void => {
    for (const onChange of watchers.get(chatId) ?? []) onChange();
  };
  return {
    isConnected: false,
    open(answer, stop) {
      open.set(answer.id, { answer, stop });
      notify(answer.chatId);
    },
    end(messageId) {
      const entry = open.get(messageId);
      if (entry === undefined) return;
      entry.stop = null;
      notify(entry.answer.chatId);
      // Any process may continue an answer that waits. Until then only the database has it.
      if (isWaiting(entry.answer.final?.status)) open.delete(messageId);
      setTimeout(() => {
        if (open.get(messageId) === entry) open.delete(messageId);
      }, timerDelay(retention)).unref();
    },
    find: (messageId) => open.get(messageId)?.answer ?? null,
    subscribe: () => undefined,
    stop(messageId) {
      const entry = open.get(messageId);
      if (entry === undefined) return "unknown";
      const end = entry.stop;
      if (end === null || entry.answer.final !== null) return "repeated";
      entry.stop = null;
      end();
      return "delivered";
    },
    notify,
    watch(chatId, onChange, signal) {
      const callbacks = watchers.get(chatId) ?? new Set();
      watchers.set(chatId, callbacks.add(onChange));
      onAbort(signal, () => {
        callbacks.delete(onChange);
        if (callbacks.size === 0 && watchers.get(chatId) === callbacks) watchers.delete(chatId);
      });
    },
  };
}
