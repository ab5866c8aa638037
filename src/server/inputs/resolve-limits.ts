import { checkLimits } from "../../orm/provider/check-limits.ts";
import { checkNames } from "../../orm/provider/check-names.ts";
import type { ChatLimits } from "../chat-router-options.ts";
import { defaultLimits } from "../chat-router-options.ts";

/**
 * The limits of a router: those that the app sets, and the defaults of the others.
 *
 * @throws ChatError `CONFIGURATION` for a limit that nobody knows, and for one that is no number of 0 or more.
 */
export function resolveLimits(limits: Partial<ChatLimits> = {}): ChatLimits {
  checkNames("createChatRouter: `limits`", limits, Object.keys(defaultLimits));
  const set = Object.entries(limits).filter(([, limit]) => limit !== undefined);
  const all: ChatLimits = { ...defaultLimits, ...Object.fromEntries(set) };
  // What is counted at once and by the minute is checked where it is counted.
  const sizes = Object.entries(all).filter(([name]) => name.startsWith("max"));
  checkLimits("createChatRouter: `limits`", Object.fromEntries(sizes));
  return all;
}
