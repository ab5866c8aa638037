import type { QueryClient, QueryFilters } from "@tanstack/react-query";
import type { ChatSummary } from "../chat/chat-summary.ts";
import type { ChatKeys } from "./chat-keys.ts";
import type { PagedData } from "./paged-data.ts";
import { readField } from "./read-field.ts";
import { findItem, mapPages, removeItems, replaceItem, updater } from "./paged-data.ts";

type ListData = PagedData<ChatSummary>;

export type ChatListCache = ReturnType<typeof createChatListCache>;

/**
 * The lists of chats in the React Query cache, whatever their limit and search, and the entries of `get`.
 * Lists that are not infinite are asked for again.
 */
export function createChatListCache(queryClient: QueryClient, { key }: ChatKeys) {
  function change(make: (data: ListData) => ListData, filter: QueryFilters = {}): void {
    const queryKey = key("list", "infinite");
    queryClient.setQueriesData<ListData>({ ...filter, queryKey }, updater(make));
    askOthers();
  }

  function askOthers(): void {
    void queryClient.invalidateQueries({ queryKey: key("list", "query") });
  }

  function patch(chatId: string, some: Partial<ChatSummary>): void {
    change((data) => {
      const chat = findItem(data, chatId);
      return chat ? replaceItem(data, { ...chat, ...some }) : data;
    });
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
      change((data) => (findItem(data, chat.id) ? data : withFirst(data, chat)), {
        predicate: ({ queryKey }) => !readField(readField(queryKey.at(-1), "input"), "search"),
      });
    },

    /** Shows what has changed of a chat, which moves to the top of the lists where it is now the newest. */
    update(chat: ChatSummary): void {
      patch(chat.id, chat);
      change((data) => {
        const listed = findItem(data, chat.id);
        const first = data.pages[0]?.items[0];
        if (!listed || !first || first === listed || first.updatedAt > chat.updatedAt) return data;
        return withFirst(removeItems(data, [chat.id]), listed);
      });
    },

    hide(chatId: string): void {
      change((data) => removeItems(data, [chatId]));
    },

    /**
     * Shows a change of a chat while the server is asked for it; rejects, with everything back, when it
     * refuses. A fetch under way would undo the change: it is stopped, and made again afterwards.
     */
    async changeFirst<Output>(
      chatId: string,
      show: () => void,
      request: () => Promise<Output>,
    ): Promise<Output> {
      const lists = { queryKey: key("list") };
      let mustRefetch = queryClient.isFetching(lists) > 0;
      if (mustRefetch) void queryClient.cancelQueries(lists);
      const before = [
        ...queryClient.getQueriesData(lists),
        ...queryClient.getQueriesData({ queryKey: key("get", "query", { chatId }) }),
      ];
      show();
      try {
        return await request();
      } catch (error) {
        for (const [queryKey, data] of before) queryClient.setQueryData(queryKey, data);
        // Something else may have changed meanwhile, and is put back as well.
        mustRefetch = true;
        throw error;
      } finally {
        if (mustRefetch) void queryClient.invalidateQueries(lists);
        else askOthers();
      }
    },
  };
}

function withFirst(data: ListData, chat: ChatSummary): ListData {
  return mapPages(data, (items, page) => (page === 0 ? [chat, ...items] : items));
}
