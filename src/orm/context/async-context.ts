import { AsyncResource } from "node:async_hooks";

/** Created when the module is loaded, which is before anybody's request. */
const outside = new AsyncResource("node-llm-trpc");

/**
 * Calls a function outside of every caller's `AsyncLocalStorage` context. Loops and timers that serve many callers start
 * here: otherwise they would run in the context of the one who happened to start them for as long as they last.
 */
export function runOutside<Result>(task: () => Result): Result {
  return outside.runInAsyncScope(task);
}

/**
 * Calls a function in the context in which this was created, from any other one and at any time. Prisma starts a query in the
 * context where it is awaited, so the function has to await it.
 */
export type InContext = <Result>(task: () => Result) => Result;

/** Keeps the caller's `AsyncLocalStorage` context, for what is done for this caller later. */
export function keepContext(): InContext {
  const resource = new AsyncResource("node-llm-trpc");
  return (task) => resource.runInAsyncScope(task);
}
