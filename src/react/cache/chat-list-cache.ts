import type { ChatSummary } from "../../chat/chat-summary.ts";
import type { ChatKeys } from "./chat-keys.ts";
import type { CacheOwner, PagedData } from "./paged-data.ts";
import {
  changeItem,
  findItem,
  mapPages,
  removeItems,
  snapshotQueries,
  updateEntries,
} from "./paged-data.ts";

type ListData = PagedData<ChatSummary>;

export type ChatListCache = ReturnType<typeof createChatListCache>;

/**
 * The cache entries of `list`, whatever their limit and search, and of `get`. Infinite lists are updated in
 * place; all other lists are invalidated.
 */
export function createChatListCache(owner: CacheOwner, { key }: ChatKeys) {
  function change(
    make: (data: ListData) => ListData,
    queryKey: readonly unknown[] = key("list", "infinite"),
  ): void {
    updateEntries(owner, { queryKey }, make);
    void owner.queryClient.invalidateQueries({ queryKey: key("list", "query") });
  }

  /** Changes columns of a chat wherever it is shown. Null removes the chat from the lists. */
  function patch(chatId: string, columns: Partial<ChatSummary> | null): void {
    const apply = (chat: ChatSummary): ChatSummary => ({ ...chat, ...columns });
    change((data) => (columns ? changeItem(data, chatId, apply) : removeItems(data, [chatId])));
    updateEntries(owner, { queryKey: key("get", "query", { chatId }) }, apply);
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

    /**
     * Patches a chat optimistically while the request runs, and rolls back if it rejects. The lists are refetched
     * afterwards, because a fetch in progress would undo the patch and is cancelled.
     */
    async mutate<Output>(
      chatId: string,
      columns: Partial<ChatSummary> | null,
      request: () => Promise<Output>,
    ): Promise<Output> {
      const lists = { queryKey: key("list") };
      void owner.queryClient.cancelQueries(lists);
      const rollBack = snapshotQueries(owner, lists, {
        queryKey: key("get", "query", { chatId }),
      });
      patch(chatId, columns);
      try {
        return await request();
      } catch (error) {
        rollBack();
        throw error;
      } finally {
        void owner.queryClient.invalidateQueries(lists);
      }
    },
  };
}

function moveToTop(data: ListData, chat: ChatSummary): ListData {
  return mapPages(removeItems(data, [chat.id]), (items, page) =>
    page === 0 ? [chat, ...items] : items,
  );
}
