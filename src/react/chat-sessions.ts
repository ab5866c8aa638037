import type { QueryClient } from "@tanstack/react-query";
import type { ChatClient } from "./chat-client.ts";
import type { ChatKeys } from "./chat-keys.ts";
import { ChatListCache } from "./chat-list-cache.ts";
import { ChatSession } from "./chat-session.ts";

/** The sessions of one router in one React Query cache: hooks that show the same chat share one. */
export class ChatSessions {
  readonly lists: ChatListCache;
  readonly #queryClient: QueryClient;
  readonly #keys: ChatKeys;
  readonly #sessions = new Map<string, ChatSession>();

  constructor(queryClient: QueryClient, keys: ChatKeys) {
    this.#queryClient = queryClient;
    this.#keys = keys;
    this.lists = new ChatListCache(queryClient, keys);
  }

  get(chatId: string, client: ChatClient): ChatSession {
    const known = this.#sessions.get(chatId);
    if (known !== undefined) return known;
    const session = new ChatSession(this.#queryClient, this.#keys, this.lists, client, chatId);
    this.#sessions.set(chatId, session);
    return session;
  }

  /** True when this tab will learn by itself that the chat's answer has ended. */
  isFollowing(chatId: string): boolean {
    return this.#sessions.get(chatId)?.isFollowing ?? false;
  }
}

const registry = new WeakMap<QueryClient, Map<string, ChatSessions>>();

export function chatSessions(queryClient: QueryClient, keys: ChatKeys): ChatSessions {
  const routers = registry.get(queryClient) ?? new Map<string, ChatSessions>();
  registry.set(queryClient, routers);
  const sessions = routers.get(keys.id) ?? new ChatSessions(queryClient, keys);
  routers.set(keys.id, sessions);
  return sessions;
}
