import type { ChatOptions } from "@node-llm/core";
import { describeFailure, framesOf } from "../failures/describe-failure.ts";

/**
 * The options with handlers whose rejection ends neither the process, where core does not wait for them, nor an answer
 * that is complete. It becomes a warning of the process. What a handler throws at once ends the answer, as in core.
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
): ((...values: Values) => unknown)[] {
  const all = first === undefined ? others : [first, ...others];
  return all.map((handler) => (...values) => {
    const result = handler(...values);
    // Core waits for those of messages, and not for those of tool calls.
    return result instanceof Promise ? result.catch(warn) : undefined;
  });
}

function warn(error: unknown): void {
  process.emitWarning(
    `node-llm-trpc: a handler of a chat's events failed: ${describeFailure(error)}${framesOf(error)}`,
  );
}
