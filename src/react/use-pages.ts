import type { InfiniteData, QueryKey, UseInfiniteQueryOptions } from "@tanstack/react-query";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import type { Page } from "../chat/chat-procedures.ts";
import type { ChatHookError } from "./connection/chat-hook-error.ts";
import { toChatHookError } from "./connection/chat-hook-error.ts";
import type { PagedData } from "./cache/paged-data.ts";
import { sharePages } from "./cache/paged-data.ts";
import { retryDefault } from "./cache/retry-default.ts";

type QueryOptions<Item> = UseInfiniteQueryOptions<
  Page<Item>,
  Error,
  PagedData<Item>,
  QueryKey,
  string | null
>;

export interface PagesOptions<Item> extends Pick<
  QueryOptions<Item>,
  "queryKey" | "enabled" | "initialData" | "placeholderData" | "refetchInterval"
> {
  /** Asks for the page at that cursor, or for the first one. */
  readonly load: (page: { cursor?: string }) => Promise<Page<Item>>;
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
export function usePages<Item extends { readonly id: string }>({
  queryKey,
  load,
  ...options
}: PagesOptions<Item>): Pages<Item> {
  const queryClient = useQueryClient();
  const query = useInfiniteQuery<Page<Item>, Error, PagedData<Item>, QueryKey, string | null>({
    ...options,
    queryKey,
    queryFn: async ({ pageParam }) => await load(pageParam === null ? {} : { cursor: pageParam }),
    initialPageParam: null,
    getNextPageParam: (page) => page.nextCursor,
    staleTime: 10_000,
    structuralSharing: sharePages,
    retry: retryDefault(queryClient),
  });
  const { fetchNextPage, hasNextPage, isFetchingNextPage, refetch } = query;
  const hash = JSON.stringify(queryKey);
  const cause = query.data && !query.isFetchNextPageError ? null : query.error;
  return {
    data: query.data,
    isLoading: query.isLoading,
    hasMore: hasNextPage,
    isLoadingMore: isFetchingNextPage,
    loadMore: useCallback(async () => {
      if (!hasNextPage || isFetchingNextPage) return;
      // Otherwise it would end a refetch, whose news would be lost.
      if (queryClient.isFetching({ queryKey }) > 0) await refetch({ cancelRefetch: false });
      await fetchNextPage();
      // oxlint-disable-next-line react/exhaustive-deps -- the hash stands for the key, which is a new array each time
    }, [fetchNextPage, hasNextPage, isFetchingNextPage, queryClient, hash, refetch]),
    error: useMemo(() => cause && toChatHookError(cause), [cause]),
  };
}
