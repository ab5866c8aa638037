import { QueryClient } from "@tanstack/react-query";
import type { ChatKeys } from "../cache/chat-keys.ts";
import { createChatListCache } from "../cache/chat-list-cache.ts";
import type { ChatClient } from "../connection/chat-client.ts";
import type { ChatSession } from "./chat-session.ts";
import { createChatSession } from "./chat-session.ts";
import type { SessionContext } from "./session-context.ts";

/** What all hooks of one chat router share within one `QueryClient`. */
export interface RouterContext extends SessionContext {
  /** Returns the session of a chat, which all hooks that show this chat share. */
  session(chatId: string): ChatSession;
}

const contexts = new WeakMap<QueryClient, Map<string, RouterContext>>();

/**
 * Returns the context of a chat router. It is created once for each user, even when several sets of hooks use the
 * router. Nothing of one user is left for the next: not in the cache, and not by a request that is still in progress.
 */
export function routerContext(
  queryClient: QueryClient,
  keys: ChatKeys,
  client: ChatClient,
  user?: string | null,
): RouterContext {
  const routers = getOrCreate(contexts, queryClient, () => new Map<string, RouterContext>());
  const former = routers.get(keys.id);
  if (former && user !== undefined) {
    if (former.user === undefined) former.user = user;
    if (former.user !== user) {
      // What the former user has asked for ends up in a cache that nobody sees.
      former.queryClient = new QueryClient();
      routers.delete(keys.id);
      void queryClient.resetQueries({ queryKey: keys.key("") });
    }
  }
  const context = getOrCreate(routers, keys.id, () => {
    const sessions = new Map<string, ChatSession>();
    const owner = { client, queryClient, user, keys };
    const created: RouterContext = Object.assign(owner, {
      lists: createChatListCache(owner, keys),
      session: (chatId: string) =>
        getOrCreate(sessions, chatId, () => createChatSession(created, chatId)),
    });
    return created;
  });
  context.client = client;
  return context;
}

function getOrCreate<Key, Value>(
  map: { get(key: Key): Value | undefined; set(key: Key, value: Value): unknown },
  key: Key,
  create: () => Value,
): Value {
  const value = map.get(key) ?? create();
  map.set(key, value);
  return value;
}
