import { useMemo, useState } from "react";
import type { CreateChatInput } from "../chat/chat-procedures.ts";
import type { ChatSummary, Metadata } from "../chat/chat-summary.ts";
import { noItems } from "./cache/paged-data.ts";
import type { ChatHookError } from "./connection/chat-hook-error.ts";
import { pollInterval } from "./connection/connection-times.ts";
import type { ChatActionResult } from "./session/chat-action-result.ts";
import { attempt } from "./session/chat-action-result.ts";
import type { RouterContext } from "./session/router-context.ts";
import { usePages } from "./use-pages.ts";

/** Which chats `useChatList` lists. */
export interface UseChatListOptions {
  /**
   * Chats per page, 1 to 100. Part of the query key.
   * @default the router's own default, 30
   */
  readonly limit?: number | undefined;
  /**
   * Lists only chats whose title or messages contain this text. When it changes, the chats stay until the new ones
   * are loaded.
   */
  readonly search?: string | undefined;
}

/** What `useChatList` returns. */
export interface UseChatListResult<
  Meta extends Metadata = Metadata,
  Given extends Metadata = Metadata,
> {
  /** The loaded chats, newest first. A chat has an `activeMessageId` while an answer is in progress. */
  readonly chats: readonly ChatSummary<Meta>[];
  /** Whether the first page is being loaded. */
  readonly isLoading: boolean;
  /** Whether there are more chats to load. */
  readonly hasMore: boolean;
  /** Whether `loadMore` is in progress. */
  readonly isLoadingMore: boolean;
  /** Loads the next page. Does nothing when there is none. */
  readonly loadMore: () => Promise<void>;
  /** Why the list could not be loaded or the last action failed. */
  readonly error: ChatHookError | null;
  /** Forgets the error of the last action. */
  readonly clearError: () => void;
  /** Creates an empty chat. Never rejects: it resolves to `{ ok: true, chat }` or `{ ok: false, error }`. */
  readonly createChat: (input?: CreateChatInput<Given>) => Promise<
    ChatActionResult<{
      /** The new chat. */
      readonly chat: ChatSummary<Meta>;
    }>
  >;
  /** Renames a chat optimistically. A null title removes the title. Never rejects. */
  readonly renameChat: (
    chatId: string,
    title: string | null,
  ) => Promise<
    ChatActionResult<{
      /** The chat with its new title. */
      readonly chat: ChatSummary<Meta>;
    }>
  >;
  /** Deletes a chat with all its messages, optimistically. Never rejects. */
  readonly deleteChat: (chatId: string) => Promise<ChatActionResult>;
}

export function useChatList(
  context: RouterContext,
  { limit, search }: UseChatListOptions,
): UseChatListResult {
  const input = { limit, search: search?.trim() || undefined };
  const { data, ...pages } = usePages<ChatSummary>(context.queryClient, {
    queryKey: context.keys.key("list", "infinite", input),
    load: (cursor) => context.client.list.query({ ...input, cursor }),
    placeholderData: (previous) => previous,
    refetchInterval: ({ state }) =>
      state.data?.pages
        .flatMap((page) => page.items)
        .some((chat) => chat.activeMessageId && !context.session(chat.id).isWatched()) &&
      pollInterval,
  });
  const chats = useMemo(() => data?.pages.flatMap((page) => page.items) ?? noItems, [data]);
  const [actionError, setActionError] = useState<ChatHookError | null>(null);
  const actions = useMemo(
    () => ({
      clearError: () => setActionError(null),
      createChat: (given: CreateChatInput = {}) =>
        attempt(async () => {
          const chat = await context.client.create.mutate(given);
          context.lists.add(chat);
          return { chat };
        }, setActionError),
      renameChat: (chatId: string, title: string | null) =>
        attempt(async () => {
          const chat = await context.lists.mutate(chatId, { title }, () =>
            context.client.update.mutate({ chatId, title }),
          );
          context.lists.patch(chatId, chat);
          return { chat };
        }, setActionError),
      deleteChat: (chatId: string) =>
        attempt(async () => {
          await context.lists.mutate(chatId, null, () => context.client.delete.mutate({ chatId }));
          return {};
        }, setActionError),
    }),
    [context],
  );

  return { chats, ...pages, ...actions, error: actionError ?? pages.error };
}
