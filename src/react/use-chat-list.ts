import { keepPreviousData, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import type { CreateChatInput } from "../chat/chat-procedures.ts";
import type { ChatSummary } from "../chat/chat-summary.ts";
import type { ChatClient } from "./chat-client.ts";
import type { ChatHookError } from "./chat-hook-error.ts";
import { toChatHookError } from "./chat-hook-error.ts";
import type { ChatKeys } from "./chat-keys.ts";
import type { ChatActionResult } from "./chat-action.ts";
import { chatSessions } from "./chat-sessions.ts";
import { loadLater } from "./load-later.ts";
import { usePages } from "./use-pages.ts";

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
  { limit, search }: UseChatListOptions,
): UseChatListResult {
  const queryClient = useQueryClient();
  const sessions = chatSessions(queryClient, keys);
  const wanted = search?.trim() ?? "";
  const input = {
    ...(limit !== undefined && { limit }),
    ...(wanted !== "" && { search: wanted }),
  };
  const { data, ...pages } = usePages<ChatSummary, typeof input>({
    queryKey: keys.list(input),
    input,
    load: client.list.query,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) =>
      state.data?.pages.some((page) =>
        page.items.some((chat) => chat.activeMessageId !== null && !sessions.isFollowing(chat.id)),
      ) === true
        ? pollInterval
        : false,
  });
  const chats = useMemo(
    () => (data === undefined ? noChats : data.pages.flatMap((page) => page.items)),
    [data],
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
    ...pages,
    error: actionError ?? pages.error,
    clearError: useCallback(() => setActionError(null), []),
    createChat: useCallback(
      async (start: CreateChatInput = {}) =>
        await act(async () => {
          const chat = await client.create.mutate(start);
          lists.add(chat);
          return { chat };
        }),
      [act, client, lists],
    ),
    renameChat: useCallback(
      async (chatId: string, title: string | null) =>
        await act(async () => {
          const { changeOptimistically } = await loadLater();
          const show = (): void => lists.patch(chatId, { title });
          const chat = await changeOptimistically(queryClient, keys, chatId, show, () =>
            client.update.mutate({ chatId, title }),
          );
          lists.patch(chatId, { title: chat.title, updatedAt: chat.updatedAt });
          return { chat };
        }),
      [act, client, keys, lists, queryClient],
    ),
    deleteChat: useCallback(
      async (chatId: string) =>
        await act(async () => {
          const { changeOptimistically } = await loadLater();
          const hide = (): void => lists.hide(chatId);
          await changeOptimistically(queryClient, keys, chatId, hide, () =>
            client.delete.mutate({ chatId }),
          );
          return {};
        }),
      [act, client, keys, lists, queryClient],
    ),
  };
}
