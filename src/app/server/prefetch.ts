import type { DehydratedState } from "@tanstack/react-query";
import { createServerSideHelpers } from "@trpc/react-query/server";
import { appRouter } from "./router.ts";

function createHelpers() {
  return createServerSideHelpers({ router: appRouter(), ctx: {} });
}

/** Runs queries on the server. Pass the result to `HydrationBoundary`, and hooks start with the data. */
export async function prefetch(
  run: (helpers: ReturnType<typeof createHelpers>) => Promise<unknown>,
): Promise<DehydratedState> {
  const helpers = createHelpers();
  await run(helpers);
  return helpers.dehydrate();
}
