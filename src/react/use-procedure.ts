import type { UseQueryOptions } from "@tanstack/react-query";
import { useQuery } from "@tanstack/react-query";
import { ownDefaults } from "./cache/own-defaults.ts";
import type { ChatHookError } from "./connection/chat-hook-error.ts";
import { toChatHookError } from "./connection/chat-hook-error.ts";
import type { RouterContext } from "./session/router-context.ts";

type Options<Output, Data> = Pick<
  UseQueryOptions<Output, Error, Data>,
  "enabled" | "placeholderData" | "select" | "staleTime"
>;

/** What a hook of one query returns beside its data. */
export interface QueryResult {
  /** Whether the data is being loaded for the first time. */
  readonly isLoading: boolean;
  /** Why the data could not be loaded. */
  readonly error: ChatHookError | null;
  /** Loads the data again. Never rejects. */
  readonly refetch: () => Promise<unknown>;
}

/** Calls a query of the router with React Query, under tRPC's own key. */
export function useProcedure<Input extends object, Output, Data = Output>(
  { keys, queryClient }: RouterContext,
  name: string,
  input: Input,
  query: (input: Input) => Promise<Output>,
  options: Options<Output, Data>,
): QueryResult & { readonly data: Data | undefined } {
  const { data, isLoading, error, refetch } = useQuery({
    ...ownDefaults(queryClient),
    ...options,
    queryKey: keys.key(name, "query", input),
    queryFn: () => query(input),
  });
  return { data, isLoading, error: error && toChatHookError(error), refetch };
}
