import { queryObjects } from "node:v8";

import { vi } from "vitest";

/** Counts the objects of a class that can be reached, after a garbage collection; those of `Object` are nearly all. */
export function countObjects(type: abstract new (...args: never[]) => object): number {
  // Node.js says once that the function is experimental.
  const warning = vi.spyOn(process, "emitWarning").mockReturnValue();
  try {
    return queryObjects(type, { format: "count" });
  } finally {
    warning.mockRestore();
  }
}
