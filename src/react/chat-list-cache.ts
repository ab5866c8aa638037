import type { QueryClient } from "@tanstack/react-query";
import type { Page } from "../chat/chat-procedures.ts";
import type { ChatSummary } from "../chat/chat-summary.ts";
import type { ChatKeys } from "./chat-keys.ts";
import type { PagedData } from "./paged-data.ts";
import { readField } from "./read-field.ts";
import {
  findItem,
  isPagedData,
  onlyPage,
  removeItems,
  replaceItem,
  withFirst,
} from "./paged-data.ts";

type ListData = PagedData<ChatSummary>;

/**
 * The lists of chats in the React Query cache, infinite or not, whatever their limit and search, and
 * the entries of `get`.
 */
export class ChatListCache {
  readonly #queryClient: QueryClient;
  readonly #keys: ChatKeys;
  readonly #filter: { readonly queryKey: readonly unknown[] };

  constructor(queryClient: QueryClient, keys: ChatKeys) {
    this.#queryClient = queryClient;
    this.#keys = keys;
    this.#filter = { queryKey: keys.lists() };
  }

  /** Puts a new chat at the top. A search is asked again: only the server knows what it finds. */
  add(chat: ChatSummary): void {
    this.change((data, found) =>
      found || findItem(data, chat.id) !== undefined ? data : withFirst(data, chat),
    );
  }

  /** Changes what lists and `get` show of a chat. */
  patch(chatId: string, patch: Partial<ChatSummary>): void {
    this.change((data) => {
      const chat = findItem(data, chatId);
      return chat === undefined ? data : replaceItem(data, { ...chat, ...patch });
    });
    this.#queryClient.setQueryData<ChatSummary>(this.#keys.chat(chatId), (chat) =>
      chat === undefined ? undefined : { ...chat, ...patch },
    );
  }

  hide(chatId: string): void {
    this.change((data) => removeItems(data, [chatId]));
  }

  /** @param change gets whether the list is the result of a search, too */
  change(change: (data: ListData, found: boolean) => ListData): void {
    const client = this.#queryClient;
    for (const [key, data] of client.getQueriesData(this.#filter)) {
      const isPages = isPagedData<ChatSummary>(data);
      // `list.useQuery` keeps one page and no more.
      const before = isPages ? data : isPage(data) ? onlyPage(data) : null;
      if (before === null) continue;
      const next = change(before, isSearch(key));
      if (next !== before) client.setQueryData(key, isPages ? next : next.pages[0]);
    }
  }
}

/** By its key an entry that is not paged is that of `list.useQuery`. */
function isPage(data: unknown): data is Page<ChatSummary> {
  return Array.isArray(readField(data, "items"));
}

function isSearch(key: readonly unknown[]): boolean {
  return !!readField(readField(key.at(-1), "input"), "search");
}
