import type * as Later from "./later.ts";

/** What no page needs for its first sight, loaded apart. Rejects when it can't be loaded. */
export async function loadLater(): Promise<typeof Later> {
  return await import("./later.ts");
}
