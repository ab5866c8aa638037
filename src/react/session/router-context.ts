import type { QueryClient } from "@tanstack/react-query";
import type { ChatClient } from "../connection/chat-client.ts";
import type { ChatKeys } from "../cache/chat-keys.ts";
import type { ChatListCache } from "../cache/chat-list-cache.ts";
import { createChatListCache } from "../cache/chat-list-cache.ts";
import type { ChatSession } from "./chat-session.ts";
import { createChatSession } from "./chat-session.ts";

/** What the hooks of one router have in common in one React Query cache. */
export interface ChatRouterCache {
  /** The client of the newest render; all of them must reach the same router. */
  client: ChatClient;
  readonly queryClient: QueryClient;
  readonly keys: ChatKeys;
  readonly lists: ChatListCache;
  /** The chat's session: hooks that show the same chat share one. */
  session(chatId: string): ChatSession;
}

const caches = new WeakMap<QueryClient, Map<string, ChatRouterCache>>();

/** The one of that router: two sets of hooks on one router share it. */
export function chatRouterCache(
  queryClient: QueryClient,
  keys: ChatKeys,
  client: ChatClient,
): ChatRouterCache {
  const routers = caches.get(queryClient) ?? new Map<string, ChatRouterCache>();
  caches.set(queryClient, routers);
  const known = routers.get(keys.id);
  if (known) return known;
  const sessions = new Map<string, ChatSession>();
  const router: ChatRouterCache = {
    client,
    queryClient,
    keys,
    lists: createChatListCache(queryClient, keys),
    session(chatId) {
      const session = sessions.get(chatId) ?? createChatSession(router, chatId);
      sessions.set(chatId, session);
      return session;
    },
  };
  routers.set(keys.id, router);
  return router;
}
