import { ChatError } from "../../chat/chat-error.ts";

/**
 * Checks options that are times, such as `toolTimeout`.
 *
 * @param place what has the options, for the error.
 * @param timeouts in milliseconds; `Infinity` for no limit, undefined for the default.
 * @throws ChatError `CONFIGURATION` unless each is a number above 0.
 */
export function checkTimeouts(
  place: string,
  timeouts: Readonly<Record<string, number | undefined>>,
): void {
  for (const [name, ms] of Object.entries(timeouts)) {
    // A variable of the environment that is missing becomes NaN.
    if (ms === undefined || (typeof ms === "number" && ms > 0)) continue;
    throw new ChatError(
      "CONFIGURATION",
      `${place}: \`${name}\` is ${ms}. Set it to a number of milliseconds above 0, or to Infinity for no limit.`,
    );
  }
}
