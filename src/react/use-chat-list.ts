import type { QueryClient } from "@tanstack/react-query";
import { keepPreviousData, useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import type { CreateChatInput, Page } from "../chat/chat-procedures.ts";
import type { ChatSummary } from "../chat/chat-summary.ts";
import type { ChatClient } from "./chat-client.ts";
import type { ChatHookError } from "./chat-hook-error.ts";
import { toChatHookError } from "./chat-hook-error.ts";
import type { ChatKeys } from "./chat-keys.ts";
import type { ChatActionResult } from "./chat-action.ts";
import type { ChatSessions } from "./chat-sessions.ts";
import { chatSessions } from "./chat-sessions.ts";
import type { PagedData } from "./paged-data.ts";
import { listQueryDefaults } from "./query-defaults.ts";

export interface UseChatListOptions {
  /** Chats in a page, 1 to 100; the router's default when absent. Part of the cache key. */
  readonly limit?: number | undefined;
  /** Only chats that have this text. While it changes, the chats found before stay on the page. */
  readonly search?: string | undefined;
}

export interface UseChatListResult {
  /** The loaded chats, the newest first. `activeMessageId` is set while an answer is in progress. */
  readonly chats: readonly ChatSummary[];
  /** True until the first page is here. */
  readonly isLoading: boolean;
  readonly hasMore: boolean;
  readonly isLoadingMore: boolean;
  /** Adds the next page; does nothing when there is none. */
  readonly loadMore: () => Promise<void>;
  /** Why the list could not be loaded, or the last action failed. */
  readonly error: ChatHookError | null;
  readonly clearError: () => void;
  /** Never rejects, like the other actions. */
  readonly createChat: (
    input?: CreateChatInput,
  ) => Promise<ChatActionResult<{ readonly chat: ChatSummary }>>;
  /** The title changes at once, and changes back when the server refuses it. */
  readonly renameChat: (
    chatId: string,
    title: string | null,
  ) => Promise<ChatActionResult<{ readonly chat: ChatSummary }>>;
  /** The chat disappears at once, and comes back when the server refuses to delete it. */
  readonly deleteChat: (chatId: string) => Promise<ChatActionResult>;
}

const noChats: readonly ChatSummary[] = [];

/** How often to ask about answers that no hook of this tab follows, in milliseconds. */
const pollInterval = 10_000;

export function useChatListOn(
  client: ChatClient,
  keys: ChatKeys,
  options: UseChatListOptions,
): UseChatListResult {
  const queryClient = useQueryClient();
  const sessions = chatSessions(queryClient, keys);
  const query = useChats(queryClient, client, keys, sessions, options);
  const { data, fetchNextPage, hasNextPage, isFetchingNextPage } = query;
  const chats = useMemo(
    () => (data === undefined ? noChats : data.pages.flatMap((page) => page.items)),
    [data],
  );
  const loadError = query.isLoadingError || query.isFetchNextPageError ? query.error : null;
  const listError = useMemo(
    () => (loadError === null ? null : toChatHookError(loadError)),
    [loadError],
  );
  const [actionError, setActionError] = useState<ChatHookError | null>(null);

  const act = useCallback(
    async <Data extends object>(work: () => Promise<Data>): Promise<ChatActionResult<Data>> => {
      setActionError(null);
      try {
        return { ok: true, ...(await work()) };
      } catch (cause) {
        const error = toChatHookError(cause);
        setActionError(error);
        return { ok: false, error };
      }
    },
    [],
  );
  const { lists } = sessions;

  return {
    chats,
    isLoading: query.isLoading,
    hasMore: hasNextPage,
    isLoadingMore: isFetchingNextPage,
    loadMore: useCallback(async () => {
      if (hasNextPage && !isFetchingNextPage) await fetchNextPage();
    }, [fetchNextPage, hasNextPage, isFetchingNextPage]),
    error: actionError ?? listError,
    clearError: useCallback(() => setActionError(null), []),
    createChat: useCallback(
      async (input: CreateChatInput = {}) =>
        await act(async () => {
          const chat = await client.create.mutate(input);
          lists.add(chat);
          return { chat };
        }),
      [act, client, lists],
    ),
    renameChat: useCallback(
      async (chatId: string, title: string | null) =>
        await act(async () => ({
          chat: await lists.rename(chatId, title, () => client.update.mutate({ chatId, title })),
        })),
      [act, client, lists],
    ),
    deleteChat: useCallback(
      async (chatId: string) =>
        await act(async () => {
          await lists.delete(chatId, () => client.delete.mutate({ chatId }));
          return {};
        }),
      [act, client, lists],
    ),
  };
}

function useChats(
  queryClient: QueryClient,
  client: ChatClient,
  keys: ChatKeys,
  sessions: ChatSessions,
  { limit, search }: UseChatListOptions,
) {
  const wanted = search?.trim() ?? "";
  const input = {
    ...(limit !== undefined && { limit }),
    ...(wanted !== "" && { search: wanted }),
  };
  return useInfiniteQuery<
    Page<ChatSummary>,
    Error,
    PagedData<ChatSummary>,
    readonly unknown[],
    string | null
  >({
    ...listQueryDefaults(queryClient),
    queryKey: keys.list(input),
    queryFn: async ({ pageParam }) =>
      await client.list.query(pageParam === null ? input : { ...input, cursor: pageParam }),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) =>
      state.data?.pages.some((page) =>
        page.items.some((chat) => chat.activeMessageId !== null && !sessions.isFollowing(chat.id)),
      ) === true
        ? pollInterval
        : false,
  });
}
