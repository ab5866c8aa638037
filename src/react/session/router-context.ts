import type { QueryClient } from "@tanstack/react-query";
import type { ChatKeys } from "../cache/chat-keys.ts";
import { createChatListCache } from "../cache/chat-list-cache.ts";
import type { ChatClient } from "../connection/chat-client.ts";
import type { ChatSession, SessionContext } from "./chat-session.ts";
import { createChatSession } from "./chat-session.ts";

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
  const routers = contexts.get(queryClient) ?? new Map<string, RouterContext>();
  contexts.set(queryClient, routers);
  const known = routers.get(keys.id);
  if (known) return known;
  const sessions = new Map<string, ChatSession>();
  const context: RouterContext = {
    client,
    queryClient,
    keys,
    lists: createChatListCache(queryClient, keys),
    session(chatId) {
      const session = sessions.get(chatId) ?? createChatSession(context, chatId);
      sessions.set(chatId, session);
      return session;
    },
  };
  routers.set(keys.id, context);
  return context;
}
