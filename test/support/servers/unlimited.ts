import type { ChatRouterOptions } from "node-llm-trpc/server";

/** For tests in which one scope does more than a person does. */
export const unlimited = {
  answersAtOnce: "unlimited",
  answersPerMinute: "unlimited",
  openSubscriptions: "unlimited",
  chatsPerMinute: "unlimited",
} as const satisfies ChatRouterOptions<unknown>["limits"];
