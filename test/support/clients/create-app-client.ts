import {
  createTRPCClient,
  httpBatchLink,
  httpSubscriptionLink,
  splitLink,
  type TRPCClient,
} from "@trpc/client";
import { EventSource } from "eventsource";

import type { AppRouter } from "../servers/create-app-router.ts";

/** Creates a client of the app for one user, or for a caller who has not signed in. */
export function createAppClient(url: string, userId?: string): TRPCClient<AppRouter> {
  const headers: Record<string, string> = userId === undefined ? {} : { "x-user": userId };
  return createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: (operation) => operation.type === "subscription",
        true: httpSubscriptionLink({
          url,
          EventSource,
          eventSourceOptions: () => ({
            fetch: (input: string | URL, init: RequestInit) =>
              fetch(input, {
                ...init,
                headers: { ...headers, ...Object.fromEntries(new Headers(init.headers)) },
              }),
          }),
        }),
        false: httpBatchLink({ url, headers }),
      }),
    ],
  });
}
