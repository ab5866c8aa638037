import type { DefaultOptions, QueryClient } from "@tanstack/react-query";
import { toChatHookError } from "../connection/chat-hook-error.ts";

type Retry = NonNullable<NonNullable<DefaultOptions["queries"]>["retry"]>;

/**
 * What every query of the hooks has, whatever the app's own defaults are: a chat never shows what another one has
 * shown, and an error is returned instead of thrown. `retry` is the app's default; otherwise three retries, and none
 * after a final error such as NOT_FOUND.
 */
export function ownDefaults(queryClient: QueryClient) {
  const retry: Retry =
    queryClient.getDefaultOptions().queries?.retry ??
    ((failures, error) => failures < 3 && toChatHookError(error).retryable);
  return { retry, throwOnError: false, placeholderData: () => undefined };
}
