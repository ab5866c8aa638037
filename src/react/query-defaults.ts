import type { QueryClient } from "@tanstack/react-query";
import { isFinalError } from "./chat-hook-error.ts";
import { sharePages } from "./paged-data.ts";

/**
 * How the hooks' lists behave in the cache. What a server has just rendered is fresh for ten seconds,
 * so that hydration asks for nothing again. A refusal such as NOT_FOUND is not tried again, unless the
 * app has its own default.
 */
export function listQueryDefaults(queryClient: QueryClient) {
  return {
    initialPageParam: null,
    getNextPageParam: (page: { readonly nextCursor: string | null }) => page.nextCursor,
    staleTime: 10_000,
    structuralSharing: sharePages,
    retry:
      queryClient.getDefaultOptions().queries?.retry ??
      ((failures: number, error: Error) => failures < 3 && !isFinalError(error)),
  } as const;
}
