import type { ChatRouterOptions } from "node-llm-trpc/server";
import type { protectedProcedure, User } from "./server/trpc.ts";

declare global {
  /** The options of the app's router, for examples that show one more. */
  const options: ChatRouterOptions<{ user: User }> & { procedure: typeof protectedProcedure };
}
