import { useQuery } from "@tanstack/react-query";
import type { UsageGroup, UsageInput } from "../chat/chat-procedures.ts";
import { retryDefault } from "./cache/retry-default.ts";
import { noItems } from "./cache/paged-data.ts";
import type { ChatHookError } from "./connection/chat-hook-error.ts";
import { toChatHookError } from "./connection/chat-hook-error.ts";
import type { RouterContext } from "./session/router-context.ts";

/** Which requests `useUsage` sums up, and how it groups them. */
export type UseUsageOptions = UsageInput;

/** What `useUsage` returns. */
export interface UseUsageResult {
  /**
   * One group for each day (UTC), model or chat with requests. When the options change, the groups stay until the
   * new ones are loaded.
   */
  readonly groups: readonly UsageGroup[];
  /** Whether the groups are being loaded for the first time. */
  readonly isLoading: boolean;
  /** Why the groups could not be loaded. */
  readonly error: ChatHookError | null;
  /** Loads the groups again. Never rejects. */
  readonly refetch: () => Promise<unknown>;
}

export function useUsage(context: RouterContext, options: UseUsageOptions): UseUsageResult {
  const { data, error, isLoading, refetch } = useQuery({
    queryKey: context.keys.key("usage", "query", options),
    queryFn: () => context.client.usage.query(options),
    placeholderData: (previous) => previous,
    retry: retryDefault(context.queryClient),
  });
  return {
    groups: data?.groups ?? noItems,
    isLoading,
    error: error && toChatHookError(error),
    refetch,
  };
}
