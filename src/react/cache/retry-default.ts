import type { DefaultOptions, QueryClient } from "@tanstack/react-query";
import { isFinalError } from "../connection/chat-hook-error.ts";

type Retry = NonNullable<NonNullable<DefaultOptions["queries"]>["retry"]>;

/** The app's default `retry`; otherwise three retries, and none after a final error such as NOT_FOUND. */
export function retryDefault(queryClient: QueryClient): Retry {
  return (
    queryClient.getDefaultOptions().queries?.retry ??
    ((failures, error) => failures < 3 && !isFinalError(error))
  );
}
