import type { StreamReads } from "../../../src/server/limits/read-limiter.ts";

/** The reads of a subscription, where nobody counts. */
export const uncountedReads: StreamReads = {
  inTurn: (task) => task(),
  count: () => undefined,
  close: () => undefined,
};
