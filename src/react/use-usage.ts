import type { UsageGroup, UsageInput } from "../chat/chat-procedures.ts";
import { noItems } from "./cache/paged-data.ts";
import type { RouterContext } from "./session/router-context.ts";
import type { QueryResult } from "./use-procedure.ts";
import { useProcedure } from "./use-procedure.ts";

/** Which requests `useUsage` sums up, and how it groups them. */
export type UseUsageOptions = UsageInput;

/** What `useUsage` returns. */
export interface UseUsageResult extends QueryResult {
  /**
   * One group for each day (UTC), model or chat with requests. When the options change, the groups stay until the
   * new ones are loaded.
   */
  readonly groups: readonly UsageGroup[];
}

export function useUsage(context: RouterContext, options: UseUsageOptions): UseUsageResult {
  const { data, ...query } = useProcedure(context, "usage", options, context.client.usage.query, {
    placeholderData: (previous) => previous,
  });
  return { groups: data?.groups ?? noItems, ...query };
}
