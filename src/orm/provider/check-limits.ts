import { ChatError } from "../../chat/chat-error.ts";

/**
 * Checks options that are sizes or counts, such as `maxToolResultChars`. Nothing is above a limit that is NaN, so it would
 * be none.
 *
 * @param place what has the options, for the error.
 * @param limits undefined for the default.
 * @param unlimited the names of those that may be `"unlimited"`.
 * @throws ChatError `CONFIGURATION` unless each is a number of 0 or more.
 */
export function checkLimits(
  place: string,
  limits: Readonly<Record<string, unknown>>,
  unlimited: readonly string[] = [],
): void {
  for (const [name, limit] of Object.entries(limits)) {
    const mayBeUnlimited = unlimited.includes(name);
    if (limit === undefined || (mayBeUnlimited && limit === "unlimited")) continue;
    if (typeof limit === "number" && limit >= 0) continue;
    throw new ChatError(
      "CONFIGURATION",
      `${place}: \`${name}\` is ${typeof limit === "string" ? JSON.stringify(limit) : String(limit)}. Set it to a number of 0 or more${mayBeUnlimited ? ', or to "unlimited"' : ""}.`,
    );
  }
}
