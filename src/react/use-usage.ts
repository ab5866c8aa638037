import { useQuery } from "@tanstack/react-query";
import type { UsageGroup, UsageInput } from "../chat/chat-procedures.ts";
import type { ChatHookError } from "./connection/chat-hook-error.ts";
import { toChatHookError } from "./connection/chat-hook-error.ts";
import type { ChatRouterCache } from "./session/router-context.ts";
import { retryDefault } from "./cache/retry-default.ts";

export type UseUsageOptions = UsageInput;

export interface UseUsageResult {
  /** One for each day (UTC), model or chat that had requests. */
  readonly groups: readonly UsageGroup[];
  /** True until the first answer is here. While the options change, the groups found before stay. */
  readonly isLoading: boolean;
  readonly error: ChatHookError | null;
  /** Asks again. Never rejects. */
  readonly refetch: () => Promise<unknown>;
}

const noGroups: readonly UsageGroup[] = [];

export function useUsageOn(
  router: ChatRouterCache,
  { from, to, groupBy }: UseUsageOptions,
): UseUsageResult {
  const input = { from, to, groupBy };
  const { data, error, isLoading, refetch } = useQuery({
    queryKey: router.keys.key("usage", "query", input),
    queryFn: () => router.client.usage.query(input),
    placeholderData: (before) => before,
    retry: retryDefault(router.queryClient),
  });
  return {
    groups: data?.groups ?? noGroups,
    isLoading,
    error: error && toChatHookError(error),
    refetch,
  };
}
