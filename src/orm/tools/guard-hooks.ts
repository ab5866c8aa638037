import type { ChatOptions } from "@node-llm/core";
import { describeFailure, framesOf } from "../failures/describe-failure.ts";

/**
 * The options with handlers that cannot end the process: core does not wait for these, so that nobody would handle the
 * rejection of one that is asynchronous. It becomes a warning of the process. What a handler throws at once ends the
 * answer, as in core.
 */
export function guardHooks({
  onNewMessage,
  onEndMessage,
  onToolCallStart,
  onToolCallEnd,
  ...options
}: ChatOptions): ChatOptions {
  return {
    ...options,
    onNewMessageHandlers: guardAll(onNewMessage, options.onNewMessageHandlers),
    onEndMessageHandlers: guardAll(onEndMessage, options.onEndMessageHandlers),
    onToolCallStartHandlers: guardAll(onToolCallStart, options.onToolCallStartHandlers),
    onToolCallEndHandlers: guardAll(onToolCallEnd, options.onToolCallEndHandlers),
  };
}

type Handler<Values extends unknown[]> = (...values: Values) => unknown;

function guardAll<Values extends unknown[]>(
  first: Handler<Values> | undefined,
  others: readonly Handler<Values>[] = [],
): ((...values: Values) => void)[] {
  const all = first === undefined ? others : [first, ...others];
  return all.map((handler) => (...values) => {
    const result = handler(...values);
    if (result instanceof Promise) result.catch(warn);
  });
}

function warn(error: unknown): void {
  process.emitWarning(
    `node-llm-trpc: a handler of a chat's events failed: ${describeFailure(error)}${framesOf(error)}`,
  );
}
