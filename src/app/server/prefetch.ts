import type { DehydratedState } from "@tanstack/react-query";
import { createServerSideHelpers } from "@trpc/react-query/server";
import { appRouter } from "./router.ts";

function createHelpers() {
  return createServerSideHelpers({ router: appRouter(), ctx: {} });
}

/** Runs queries on the server; the result goes to `HydrationBoundary`, where the hooks find it. */
export async function prefetch(
  run: (helpers: ReturnType<typeof createHelpers>) => Promise<unknown>,
): Promise<DehydratedState> {
  const helpers = createHelpers();
  await run(helpers);
  return helpers.dehydrate();
}
