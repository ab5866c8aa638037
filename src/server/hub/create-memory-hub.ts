import type { Answer } from "../../chat/answer.ts";
import { onAbort } from "../../shared/on-abort.ts";
import type { ChatHub } from "./chat-hub.ts";

export interface MemoryHubOptions {
  /**
   * How long an answer stays readable from memory after its end, in milliseconds.
   *
   * @default 60_000
   */
  retention?: number | undefined;
}

interface OpenAnswer {
  readonly answer: Answer;
  readonly stop: () => void;
  isStopped: boolean;
}

/**
 * Creates a hub for an app that runs in one process; each router without the option `hub` has one of its own. Keep it on
 * `globalThis` where a bundler loads modules more than once, as Next.js does.
 *
 * @example
 * const globals = globalThis as { chatHub?: ChatHub };
 * const hub = (globals.chatHub ??= createMemoryHub());
 * export const chatRouter = createChatRouter({ procedure: publicProcedure, prisma, llm, hub });
 */
export function createMemoryHub({ retention = 60_000 }: MemoryHubOptions = {}): ChatHub {
  const open = new Map<string, OpenAnswer>();
  const watchers = new Map<string, Set<() => void>>();
  const notify = (chatId: string): void => {
    for (const onChange of watchers.get(chatId) ?? []) onChange();
  };
  return {
    isConnected: false,
    open(answer, stop) {
      open.set(answer.id, { answer, stop, isStopped: false });
      notify(answer.chatId);
    },
    end(messageId) {
      const entry = open.get(messageId);
      if (entry === undefined) return;
      notify(entry.answer.chatId);
      // Any process may continue an answer that waits; until then the database has all of it.
      if (entry.answer.final?.status === "awaiting_approval") open.delete(messageId);
      setTimeout(() => {
        if (open.get(messageId) === entry) open.delete(messageId);
      }, retention).unref();
    },
    find: (messageId) => open.get(messageId)?.answer ?? null,
    subscribe: () => undefined,
    stop(messageId) {
      const entry = open.get(messageId);
      if (entry === undefined) return "unknown";
      if (entry.isStopped || entry.answer.final !== null) return "repeated";
      entry.isStopped = true;
      entry.stop();
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
