import type { QueryClient } from "@tanstack/react-query";
import { hashKey } from "@tanstack/react-query";
import type { Page } from "../chat/chat-procedures.ts";
import type { ChatSummary } from "../chat/chat-summary.ts";
import type { ChatKeys } from "./chat-keys.ts";
import type { PagedData } from "./paged-data.ts";
import { findItem, mapPages, removeItem } from "./paged-data.ts";

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

  constructor(queryClient: QueryClient, keys: ChatKeys) {
    this.#queryClient = queryClient;
    this.#keys = keys;
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
  ): Promise<{ readonly chat: ChatSummary }> {
    return await this.#optimistically(async () => {
      const before = this.find(chatId);
      this.patch(chatId, { title });
      try {
        const chat = await request();
        this.patch(chatId, { title: chat.title, updatedAt: chat.updatedAt });
        return { chat };
      } catch (error) {
        if (before !== undefined && this.find(chatId)?.title === title) {
          this.patch(chatId, { title: before.title });
        }
        throw error;
      }
    });
  }

  /** Hides the chat while the server is asked to delete it; rejects, with the chat back, when it refuses. */
  async delete(chatId: string, request: () => Promise<unknown>): Promise<void> {
    await this.#optimistically(async () => {
      const putBackAll = this.#remove(chatId);
      try {
        await request();
      } catch (error) {
        putBackAll();
        throw error;
      }
    });
  }

  async refetch(): Promise<void> {
    await this.#queryClient.invalidateQueries({ queryKey: this.#keys.lists() });
  }

  /** A request under way would bring back what the work changes: it is stopped, and made again afterwards. */
  async #optimistically<Output>(work: () => Promise<Output>): Promise<Output> {
    const filter = { queryKey: this.#keys.lists() };
    const wasFetching = this.#queryClient.isFetching(filter) > 0;
    if (wasFetching) void this.#queryClient.cancelQueries(filter);
    try {
      return await work();
    } finally {
      if (wasFetching) void this.refetch();
    }
  }

  #remove(chatId: string): () => void {
    const before = this.#lists();
    this.#change((data) => removeItem(data, chatId));
    return () => {
      const old = new Map(before.map((entry) => [hashKey(entry.key), entry.data]));
      this.#change((data, entry) => {
        const was = old.get(hashKey(entry.key));
        const chat = was === undefined ? undefined : findItem(was, chatId);
        return was === undefined || chat === undefined ? data : putBack(data, was, chat);
      });
    };
  }

  #lists(): ListEntry[] {
    return this.#queryClient
      .getQueriesData({ queryKey: this.#keys.lists() })
      .flatMap(([key, data]): ListEntry[] => {
        const shared = { key, isSearch: isSearch(key) };
        if (isPaged(data)) return [{ ...shared, data, isSinglePage: false }];
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

/** Puts the chat back before the one that it stood before, or at the end of its page. */
function putBack(now: ListData, before: ListData, chat: ChatSummary): ListData {
  if (findItem(now, chat.id) !== undefined) return now;
  const page = before.pages.findIndex(({ items }) => items.some(({ id }) => id === chat.id));
  const items = before.pages[page]?.items ?? [];
  const next = items[items.findIndex(({ id }) => id === chat.id) + 1];
  let done = false;
  const restored = mapPages(now, (list) => {
    const index = next === undefined ? -1 : list.findIndex(({ id }) => id === next.id);
    if (index < 0) return list;
    done = true;
    return list.toSpliced(index, 0, chat);
  });
  if (done) return restored;
  const target = now.pages[page] ?? now.pages.at(-1);
  return mapPages(now, (list) => (list === target?.items ? [...list, chat] : list));
}

/** By its key an entry is the hooks' or tRPC's own, so its items are chats. */
function isPaged(data: unknown): data is ListData {
  return typeof data === "object" && data !== null && "pages" in data && Array.isArray(data.pages);
}

function isPage(data: unknown): data is Page<ChatSummary> {
  return typeof data === "object" && data !== null && "items" in data && Array.isArray(data.items);
}

function isSearch(key: readonly unknown[]): boolean {
  const options = key.at(-1);
  if (typeof options !== "object" || options === null || !("input" in options)) return false;
  const { input } = options;
  return typeof input === "object" && input !== null && "search" in input && !!input.search;
}
