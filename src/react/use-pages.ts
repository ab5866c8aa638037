import type { InfiniteData, QueryKey, UseInfiniteQueryOptions } from "@tanstack/react-query";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import type { Page } from "../chat/chat-procedures.ts";
import type { ChatHookError } from "./chat-hook-error.ts";
import { toChatHookError } from "./chat-hook-error.ts";
import type { PagedData } from "./paged-data.ts";
import { sharePages } from "./paged-data.ts";
import { retryDefault } from "./retry-default.ts";

type QueryOptions<Item> = UseInfiniteQueryOptions<
  Page<Item>,
  Error,
  PagedData<Item>,
  QueryKey,
  string | null
>;

export interface PagesOptions<Item, Input extends object> extends Pick<
  QueryOptions<Item>,
  "queryKey" | "enabled" | "initialData" | "placeholderData" | "refetchInterval"
> {
  readonly input: Input;
  readonly load: (input: Input & { cursor?: string }) => Promise<Page<Item>>;
}

export interface Pages<Item> {
  readonly data: InfiniteData<Page<Item>, string | null> | undefined;
  /** True until the first page is here. */
  readonly isLoading: boolean;
  readonly hasMore: boolean;
  readonly isLoadingMore: boolean;
  readonly loadMore: () => Promise<void>;
  /** Why the first or the next page could not be loaded; not why a page could not be refreshed. */
  readonly error: ChatHookError | null;
}

/**
 * Pages of a list in the React Query cache. What a server has just rendered is fresh for ten seconds,
 * so that hydration asks for nothing again.
 */
export function usePages<Item extends { readonly id: string }, Input extends object>({
  input,
  load,
  ...options
}: PagesOptions<Item, Input>): Pages<Item> {
  const query = useInfiniteQuery<Page<Item>, Error, PagedData<Item>, QueryKey, string | null>({
    ...options,
    queryFn: async ({ pageParam }) =>
      await load(pageParam === null ? input : { ...input, cursor: pageParam }),
    initialPageParam: null,
    getNextPageParam: (page) => page.nextCursor,
    staleTime: 10_000,
    structuralSharing: sharePages,
    retry: retryDefault(useQueryClient()),
  });
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = query;
  const cause = query.isLoadingError || query.isFetchNextPageError ? query.error : null;
  return {
    data: query.data,
    isLoading: query.isLoading,
    hasMore: hasNextPage,
    isLoadingMore: isFetchingNextPage,
    loadMore: useCallback(async () => {
      if (hasNextPage && !isFetchingNextPage) await fetchNextPage();
    }, [fetchNextPage, hasNextPage, isFetchingNextPage]),
    error: useMemo(() => cause && toChatHookError(cause), [cause]),
  };
}
