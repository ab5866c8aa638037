import type { DefaultOptions, QueryClient } from "@tanstack/react-query";
import { isFinalError } from "../connection/chat-hook-error.ts";

type Retry = NonNullable<NonNullable<DefaultOptions["queries"]>["retry"]>;

/** A refusal such as NOT_FOUND is not tried again, unless the app has its own default. */
export function retryDefault(queryClient: QueryClient): Retry {
  return (
    queryClient.getDefaultOptions().queries?.retry ??
    ((failures, error) => failures < 3 && !isFinalError(error))
  );
}
