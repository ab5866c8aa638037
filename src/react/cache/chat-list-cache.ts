import type { QueryClient } from "@tanstack/react-query";
import type { ChatSummary } from "../../chat/chat-summary.ts";
import type { ChatKeys } from "./chat-keys.ts";
import type { PagedData } from "./paged-data.ts";
import {
  changeItem,
  findItem,
  mapPages,
  removeItems,
  snapshotQueries,
  updater,
} from "./paged-data.ts";

type ListData = PagedData<ChatSummary>;

export type ChatListCache = ReturnType<typeof createChatListCache>;

/**
 * The cache entries of `list`, whatever their limit and search, and of `get`. Infinite lists are updated in
 * place; all other lists are invalidated.
 */
export function createChatListCache(queryClient: QueryClient, { key }: ChatKeys) {
  function change(
    make: (data: ListData) => ListData,
    queryKey: readonly unknown[] = key("list", "infinite"),
  ): void {
    queryClient.setQueriesData<ListData>({ queryKey }, updater(make));
    void queryClient.invalidateQueries({ queryKey: key("list", "query") });
  }

  /** Changes columns of a chat wherever it is shown. */
  function patch(chatId: string, columns: Partial<ChatSummary>): void {
    const apply = (chat: ChatSummary): ChatSummary => ({ ...chat, ...columns });
    change((data) => changeItem(data, chatId, apply));
    queryClient.setQueryData<ChatSummary>(key("get", "query", { chatId }), updater(apply));
  }

  return {
    patch,

    /** Puts a new chat at the top of the lists, except searches: only the server knows what they match. */
    add(chat: ChatSummary): void {
      change((data) => moveToTop(data, chat), key("list", "infinite", { search: undefined }));
    },

    /** Shows a chat's new state. The chat moves to the top of the lists in which it is now the newest. */
    update(chat: ChatSummary): void {
      patch(chat.id, chat);
      change((data) => {
        const listed = findItem(data, chat.id);
        const isNewest = chat.updatedAt >= (data.pages[0]?.items[0]?.updatedAt ?? "");
        return listed && isNewest ? moveToTop(data, listed) : data;
      });
    },

    remove(chatId: string): void {
      change((data) => removeItems(data, [chatId]));
    },

    /**
     * Updates optimistically: `apply` shows the change during the request, and it is rolled back if the request
     * rejects. Lists are not fetched meanwhile, which would undo the change, but refetched afterwards.
     */
    async mutate<Output>(
      chatId: string,
      apply: () => void,
      request: () => Promise<Output>,
    ): Promise<Output> {
      const lists = { queryKey: key("list") };
      void queryClient.cancelQueries(lists);
      const rollBack = snapshotQueries(queryClient, lists, {
        queryKey: key("get", "query", { chatId }),
      });
      apply();
      try {
        return await request();
      } catch (error) {
        rollBack();
        throw error;
      } finally {
        void queryClient.invalidateQueries(lists);
      }
    },
  };
}

function moveToTop(data: ListData, chat: ChatSummary): ListData {
  return mapPages(removeItems(data, [chat.id]), (items, page) =>
    page === 0 ? [chat, ...items] : items,
  );
}
