import type { QueryClient } from "@tanstack/react-query";
import type { Page } from "../chat/chat-procedures.ts";
import type { ChatSummary } from "../chat/chat-summary.ts";
import type { ChatKeys } from "./chat-keys.ts";
import type { PagedData } from "./paged-data.ts";
import { readField } from "./read-field.ts";
import { findItem, isPagedData, mapPages, removeItem } from "./paged-data.ts";

/** The fields of a chat that this tab can know before the server tells. */
export type ChatPatch = Partial<
  Pick<ChatSummary, "title" | "model" | "instructions" | "activeMessageId" | "updatedAt">
>;

type ListData = PagedData<ChatSummary>;

interface ListEntry {
  readonly key: readonly unknown[];
  readonly data: ListData;
  /** True for `list.useQuery`, which keeps one page and no more. */
  readonly isSinglePage: boolean;
  readonly isSearch: boolean;
}

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

  find(chatId: string): ChatSummary | undefined {
    for (const { data } of this.#lists()) {
      const chat = findItem(data, chatId);
      if (chat !== undefined) return chat;
    }
    return undefined;
  }

  /** Puts a new chat at the top. A search is asked again: only the server knows what it finds. */
  add(chat: ChatSummary): void {
    this.#change((data, entry) =>
      entry.isSearch || findItem(data, chat.id) !== undefined ? data : withFirst(data, chat),
    );
  }

  /** Changes what lists and `get` show of a chat. */
  patch(chatId: string, patch: ChatPatch): void {
    this.#change((data) =>
      mapPages(data, (items) => {
        const index = items.findIndex((item) => item.id === chatId);
        const chat = items[index];
        return chat === undefined ? items : items.with(index, { ...chat, ...patch });
      }),
    );
    this.#queryClient.setQueryData<ChatSummary>(this.#keys.chat(chatId), (chat) =>
      chat === undefined ? undefined : { ...chat, ...patch },
    );
  }

  /** A chat in which something was said moves to the top of the lists that have it. */
  touch(chatId: string, patch: ChatPatch): void {
    this.patch(chatId, patch);
    this.#change((data) => {
      const chat = findItem(data, chatId);
      if (chat === undefined || data.pages[0]?.items[0] === chat) return data;
      return withFirst(removeItem(data, chatId), chat);
    });
  }

  /** Shows the new title while the server is asked for it; rejects, with the old title back, when it refuses. */
  async rename(
    chatId: string,
    title: string | null,
    request: () => Promise<ChatSummary>,
  ): Promise<ChatSummary> {
    const chat = await this.#optimistically(chatId, () => this.patch(chatId, { title }), request);
    this.patch(chatId, { title: chat.title, updatedAt: chat.updatedAt });
    return chat;
  }

  /** Hides the chat while the server is asked to delete it; rejects, with the chat back, when it refuses. */
  async delete(chatId: string, request: () => Promise<unknown>): Promise<void> {
    const hide = (): void => this.#change((data) => removeItem(data, chatId));
    await this.#optimistically(chatId, hide, request);
  }

  async refetch(): Promise<void> {
    await this.#queryClient.invalidateQueries(this.#filter);
  }

  /** A fetch under way would undo the change: it is stopped, and made again afterwards. */
  async #optimistically<Output>(
    chatId: string,
    change: () => void,
    request: () => Promise<Output>,
  ): Promise<Output> {
    const client = this.#queryClient;
    const chatKey = this.#keys.chat(chatId);
    let mustRefetch = client.isFetching(this.#filter) > 0;
    if (mustRefetch) void client.cancelQueries(this.#filter);
    const before = [
      ...client.getQueriesData(this.#filter),
      [chatKey, client.getQueryData(chatKey)] as const,
    ];
    change();
    try {
      return await request();
    } catch (error) {
      for (const [key, data] of before) client.setQueryData(key, data);
      // Something else may have changed meanwhile, and is put back as well.
      mustRefetch = true;
      throw error;
    } finally {
      if (mustRefetch) void this.refetch();
    }
  }

  #lists(): ListEntry[] {
    return this.#queryClient.getQueriesData(this.#filter).flatMap(([key, data]): ListEntry[] => {
      const shared = { key, isSearch: isSearch(key) };
      if (isPagedData<ChatSummary>(data)) return [{ ...shared, data, isSinglePage: false }];
      return isPage(data) ? [{ ...shared, data: toPaged(data), isSinglePage: true }] : [];
    });
  }

  #change(change: (data: ListData, entry: ListEntry) => ListData): void {
    for (const entry of this.#lists()) {
      const next = change(entry.data, entry);
      if (next === entry.data) continue;
      this.#queryClient.setQueryData(entry.key, entry.isSinglePage ? next.pages[0] : next);
    }
  }
}

function toPaged(page: Page<ChatSummary>): ListData {
  return { pages: [page], pageParams: [null] };
}

function withFirst(data: ListData, chat: ChatSummary): ListData {
  const [first, ...rest] = data.pages;
  if (first === undefined) return data;
  const page: Page<ChatSummary> = { ...first, items: [chat, ...first.items] };
  return { ...data, pages: [page, ...rest] };
}

/** By its key an entry that is not paged is that of `list.useQuery`. */
function isPage(data: unknown): data is Page<ChatSummary> {
  return Array.isArray(readField(data, "items"));
}

function isSearch(key: readonly unknown[]): boolean {
  return !!readField(readField(key.at(-1), "input"), "search");
}
