import type { ChatKeys } from "../cache/chat-keys.ts";
import type { ChatListCache } from "../cache/chat-list-cache.ts";
import type { CacheOwner } from "../cache/paged-data.ts";
import type { ChatClient } from "../connection/chat-client.ts";

/** What the sessions of all chats share. */
export interface SessionContext extends CacheOwner {
  /** The client of the latest render. Every client must reach the same router. */
  client: ChatClient;
  /** Whose chats these are: null for nobody's, undefined when the app does not say. */
  user: string | null | undefined;
  readonly keys: ChatKeys;
  readonly lists: ChatListCache;
}
