import type { QueryClient } from "@tanstack/react-query";
import type { ChatKeys } from "../cache/chat-keys.ts";
import type { ChatListCache } from "../cache/chat-list-cache.ts";
import type { ChatClient } from "../connection/chat-client.ts";

/** What the sessions of all chats share. */
export interface SessionContext {
  /** The client of the latest render. Every client must reach the same router. */
  client: ChatClient;
  readonly queryClient: QueryClient;
  readonly keys: ChatKeys;
  readonly lists: ChatListCache;
}
