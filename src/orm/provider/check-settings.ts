import type { ChatOptions } from "@node-llm/core";
import { checkLimits } from "./check-limits.ts";
import { checkNames } from "./check-names.ts";
import { checkTimeouts } from "./check-timeouts.ts";
import type { ContextLimits } from "./history.ts";

/** The settings of a chat that are numbers, NodeLLM's own among them. */
export interface NumericSettings extends Pick<
  ChatOptions,
  "maxToolCalls" | "maxCorrections" | "maxTokens" | "requestTimeout" | "thinking"
> {
  readonly idleTimeout?: number | undefined;
  readonly toolTimeout?: number | undefined;
  readonly maxToolResultChars?: number | undefined;
  readonly context?: ContextLimits | undefined;
}

/**
 * Checks the settings that are numbers. With NaN, which a missing variable of the environment becomes, NodeLLM would call
 * tools without an end, and the whole history would be sent.
 *
 * @param place what has the settings, for the error.
 * @throws ChatError `CONFIGURATION` for a limit or a time that is no number.
 */
export function checkSettings(place: string, settings: NumericSettings): void {
  const { idleTimeout, toolTimeout, context, thinking, ...rest } = settings;
  const { maxToolResultChars, maxToolCalls, maxCorrections, maxTokens } = rest;
  checkTimeouts(place, { idleTimeout, toolTimeout });
  checkLimits(place, { maxToolResultChars, maxToolCalls, maxCorrections, maxTokens });
  // 0 turns it off.
  checkLimits(place, { requestTimeout: rest.requestTimeout });
  checkLimits(`${place}: \`thinking\``, { budget: thinking?.budget });
  if (context != null) checkContextLimits(place, context);
}

const contextLimits: readonly string[] = [
  "maxMessages",
  "maxTokens",
  "maxFileBytes",
] satisfies readonly (keyof ContextLimits)[];

/** @throws ChatError `CONFIGURATION` for a limit of the history that is no number, or that nobody knows. */
export function checkContextLimits(place: string, context: ContextLimits): void {
  checkLimits(`${place}: \`context\``, { ...context }, ["maxMessages", "maxTokens"]);
  checkNames(`${place}: \`context\``, context, contextLimits);
}
