import type {
  InfiniteData,
  QueryClient,
  QueryKey,
  UseInfiniteQueryOptions,
} from "@tanstack/react-query";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import type { Page } from "../chat/chat-procedures.ts";
import type { PagedData } from "./cache/paged-data.ts";
import { sharePages } from "./cache/paged-data.ts";
import { ownDefaults } from "./cache/own-defaults.ts";
import type { ChatHookError } from "./connection/chat-hook-error.ts";
import { toChatHookError } from "./connection/chat-hook-error.ts";

type QueryOptions<Item> = UseInfiniteQueryOptions<
  Page<Item>,
  Error,
  PagedData<Item>,
  QueryKey,
  string | null
>;

export interface UsePagesOptions<Item> extends Pick<
  QueryOptions<Item>,
  "queryKey" | "enabled" | "initialData" | "placeholderData" | "refetchInterval"
> {
  /** Fetches the page at a cursor, or the first page. */
  readonly load: (cursor: string | undefined) => Promise<Page<Item>>;
}

export interface UsePagesResult<Item> {
  readonly data: InfiniteData<Page<Item>, string | null> | undefined;
  /** Whether the first page is being loaded. */
  readonly isLoading: boolean;
  readonly hasMore: boolean;
  readonly isLoadingMore: boolean;
  readonly loadMore: () => Promise<void>;
  /** Why the first or the next page could not be loaded; null when only a refetch has failed. */
  readonly error: ChatHookError | null;
}

/**
 * Loads a list page by page into an infinite query. Data is fresh for ten seconds, so that a page which was
 * rendered on the server does not fetch again when it hydrates.
 */
export function usePages<Item extends { readonly id: string }>(
  queryClient: QueryClient,
  { queryKey, load, ...options }: UsePagesOptions<Item>,
): UsePagesResult<Item> {
  const query = useInfiniteQuery<Page<Item>, Error, PagedData<Item>, QueryKey, string | null>({
    ...ownDefaults(queryClient),
    ...options,
    queryKey,
    queryFn: ({ pageParam }) => load(pageParam ?? undefined),
    initialPageParam: null,
    getNextPageParam: (page) => page.nextCursor,
    staleTime: 10_000,
    structuralSharing: sharePages,
  });
  const { data, fetchNextPage, hasNextPage, isFetchingNextPage, isLoading, refetch } = query;
  const hash = JSON.stringify(queryKey);
  const cause = data && !query.isFetchNextPageError ? null : query.error;
  return {
    data,
    isLoading,
    hasMore: hasNextPage,
    isLoadingMore: isFetchingNextPage,
    loadMore: useCallback(async () => {
      if (!hasNextPage || isFetchingNextPage) return;
      // `fetchNextPage` would cancel a refetch in progress, and lose what it brings.
      if (queryClient.isFetching({ queryKey })) await refetch({ cancelRefetch: false });
      await fetchNextPage();
      // oxlint-disable-next-line react/exhaustive-deps -- the hash stands for the key, which is a new array each time
    }, [fetchNextPage, hasNextPage, isFetchingNextPage, queryClient, hash, refetch]),
    error: useMemo(() => cause && toChatHookError(cause), [cause]),
  };
}
