import { useMemo, useState } from "react";
import type { CreateChatInput } from "../chat/chat-procedures.ts";
import type { ChatSummary } from "../chat/chat-summary.ts";
import { attempt } from "./session/attempt.ts";
import type { ChatHookError } from "./connection/chat-hook-error.ts";
import type { ChatActionResult } from "./session/chat-action-result.ts";
import type { ChatRouterCache } from "./session/router-context.ts";
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
  router: ChatRouterCache,
  { limit, search }: UseChatListOptions,
): UseChatListResult {
  const input = { limit, search: search?.trim() || undefined };
  const { data, ...pages } = usePages<ChatSummary>({
    queryKey: router.keys.key("list", "infinite", input),
    load: (page) => router.client.list.query({ ...input, ...page }),
    placeholderData: (before) => before,
    refetchInterval: ({ state }) =>
      state.data?.pages.some(({ items }) =>
        items.some((chat) => chat.activeMessageId && !router.session(chat.id).isFollowing()),
      ) === true && pollInterval,
  });
  const chats = useMemo(() => data?.pages.flatMap((page) => page.items) ?? noChats, [data]);
  const [actionError, setActionError] = useState<ChatHookError | null>(null);
  const actions = useMemo(() => {
    const { lists } = router;
    return {
      clearError: () => setActionError(null),
      createChat: (start: CreateChatInput = {}) =>
        attempt(async () => {
          const chat = await router.client.create.mutate(start);
          lists.add(chat);
          return { chat };
        }, setActionError),
      renameChat: (chatId: string, title: string | null) =>
        attempt(async () => {
          const chat = await lists.changeFirst(
            chatId,
            () => lists.patch(chatId, { title }),
            () => router.client.update.mutate({ chatId, title }),
          );
          lists.patch(chatId, chat);
          return { chat };
        }, setActionError),
      deleteChat: (chatId: string) =>
        attempt(async () => {
          await lists.changeFirst(
            chatId,
            () => lists.hide(chatId),
            () => router.client.delete.mutate({ chatId }),
          );
          return {};
        }, setActionError),
    };
  }, [router]);

  return { chats, ...pages, ...actions, error: actionError ?? pages.error };
}
