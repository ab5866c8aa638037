import type { QueryClient } from "@tanstack/react-query";
import type { ChatSummary } from "../../chat/chat-summary.ts";
import type { ChatKeys } from "./chat-keys.ts";
import type { PagedData } from "./paged-data.ts";
import { findItem, mapPages, removeItems, updater } from "./paged-data.ts";

type ListData = PagedData<ChatSummary>;

export type ChatListCache = ReturnType<typeof createChatListCache>;

/**
 * The lists of chats in the React Query cache, whatever their limit and search, and the entries of `get`.
 * Lists that are not infinite are asked for again.
 */
export function createChatListCache(queryClient: QueryClient, { key }: ChatKeys) {
  function change(
    make: (data: ListData) => ListData,
    queryKey: readonly unknown[] = key("list", "infinite"),
  ): void {
    queryClient.setQueriesData<ListData>({ queryKey }, updater(make));
    void queryClient.invalidateQueries({ queryKey: key("list", "query") });
  }

  function patch(chatId: string, some: Partial<ChatSummary>): void {
    change((data) =>
      mapPages(data, (items) =>
        items.map((chat) => (chat.id === chatId ? { ...chat, ...some } : chat)),
      ),
    );
    queryClient.setQueryData<ChatSummary>(
      key("get", "query", { chatId }),
      updater((chat) => ({ ...chat, ...some })),
    );
  }

  return {
    /** Changes what lists and `get` show of a chat. */
    patch,

    /** Puts a new chat at the top. A search is asked again: only the server knows what it finds. */
    add(chat: ChatSummary): void {
      change((data) => toTop(data, chat), key("list", "infinite", { search: undefined }));
    },

    /** Shows what has changed of a chat, which moves to the top of the lists where it is now the newest. */
    update(chat: ChatSummary): void {
      patch(chat.id, chat);
      change((data) => {
        const listed = findItem(data, chat.id);
        const isNewest = chat.updatedAt >= (data.pages[0]?.items[0]?.updatedAt ?? "");
        return listed && isNewest ? toTop(data, listed) : data;
      });
    },

    hide(chatId: string): void {
      change((data) => removeItems(data, [chatId]));
    },

    /**
     * Shows a change of a chat while the server is asked for it; rejects, with everything back, when it
     * refuses. A fetch under way would undo the change: it is stopped, and the lists are loaded afterwards.
     */
    async changeFirst<Output>(
      chatId: string,
      show: () => void,
      request: () => Promise<Output>,
    ): Promise<Output> {
      const lists = { queryKey: key("list") };
      void queryClient.cancelQueries(lists);
      const before = [
        ...queryClient.getQueriesData(lists),
        ...queryClient.getQueriesData({ queryKey: key("get", "query", { chatId }) }),
      ];
      show();
      try {
        return await request();
      } catch (error) {
        for (const [queryKey, data] of before) queryClient.setQueryData(queryKey, data);
        throw error;
      } finally {
        void queryClient.invalidateQueries(lists);
      }
    },
  };
}

function toTop(data: ListData, chat: ChatSummary): ListData {
  return mapPages(removeItems(data, [chat.id]), (items, page) =>
    page === 0 ? [chat, ...items] : items,
  );
}
