"use client";

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createTRPCClient, httpBatchLink, httpSubscriptionLink, splitLink } from "@trpc/client";
import type { ReactNode } from "react";
import { useState } from "react";
import { ChatAppProvider } from "./chat-app-provider.tsx";
import { TRPCProvider } from "./trpc.ts";
import type { AppRouter } from "../server/router.ts";
import { useThemeWithoutScript } from "../ui/theme/use-theme.ts";

const url = "/api/trpc";

/** Queries that the server prefetched are not refetched on mount. */
function createQueryClient(): QueryClient {
  return new QueryClient({ defaultOptions: { queries: { staleTime: 10_000 } } });
}

function createClient() {
  return createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: (operation) => operation.type === "subscription",
        true: httpSubscriptionLink({ url }),
        false: httpBatchLink({ url, maxItems: 20 }),
      }),
    ],
  });
}

export function Providers({ children }: { readonly children: ReactNode }) {
  const [queryClient] = useState(createQueryClient);
  const [client] = useState(createClient);
  useThemeWithoutScript();
  return (
    <QueryClientProvider client={queryClient}>
      <TRPCProvider trpcClient={client} queryClient={queryClient}>
        <ChatAppProvider>{children}</ChatAppProvider>
      </TRPCProvider>
    </QueryClientProvider>
  );
}
