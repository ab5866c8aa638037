import type { DefaultOptions, QueryClient } from "@tanstack/react-query";
import { isFinalError } from "./chat-hook-error.ts";
import { sharePages } from "./paged-data.ts";

type Retry = NonNullable<NonNullable<DefaultOptions["queries"]>["retry"]>;

export interface ListQueryDefaults {
  readonly initialPageParam: null;
  readonly getNextPageParam: (page: { readonly nextCursor: string | null }) => string | null;
  readonly staleTime: number;
  readonly structuralSharing: (previous: unknown, next: unknown) => unknown;
  readonly retry: Retry;
}

/** A refusal such as NOT_FOUND is not tried again, unless the app has its own default. */
export function retryDefault(queryClient: QueryClient): Retry {
  return (
    queryClient.getDefaultOptions().queries?.retry ??
    ((failures, error) => failures < 3 && !isFinalError(error))
  );
}

/**
 * How the hooks' lists behave in the cache. What a server has just rendered is fresh for ten seconds,
 * so that hydration asks for nothing again.
 */
export function listQueryDefaults(queryClient: QueryClient): ListQueryDefaults {
  return {
    initialPageParam: null,
    getNextPageParam: (page) => page.nextCursor,
    staleTime: 10_000,
    structuralSharing: sharePages,
    retry: retryDefault(queryClient),
  };
}
