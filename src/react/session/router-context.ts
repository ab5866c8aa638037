import type { QueryClient } from "@tanstack/react-query";
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

/** Returns the context of a chat router. It is created once, even when several sets of hooks use the router. */
export function routerContext(
  queryClient: QueryClient,
  keys: ChatKeys,
  client: ChatClient,
): RouterContext {
  const routers = getOrCreate(contexts, queryClient, () => new Map<string, RouterContext>());
  const context = getOrCreate(routers, keys.id, (): RouterContext => {
    const sessions = new Map<string, ChatSession>();
    return {
      client,
      queryClient,
      keys,
      lists: createChatListCache(queryClient, keys),
      session: (chatId) => getOrCreate(sessions, chatId, () => createChatSession(context, chatId)),
    };
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
