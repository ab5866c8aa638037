import { QueryClient } from "@tanstack/react-query";

/** What the server has sent with the page is not asked for again at once. */
export function createQueryClient(): QueryClient {
  return new QueryClient({ defaultOptions: { queries: { staleTime: 10_000 } } });
}
