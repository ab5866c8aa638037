import { queryObjects } from "node:v8";

/** Counts the objects of a class that can be reached, after a garbage collection; those of `Object` are nearly all. */
export function countObjects(type: abstract new (...args: never[]) => object): number {
  const { emitWarning } = process;
  // Node.js says once that the function is experimental.
  process.emitWarning = () => undefined;
  try {
    return Number(queryObjects(type, { format: "count" }));
  } finally {
    process.emitWarning = emitWarning;
  }
}
