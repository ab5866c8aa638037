import type { InContext } from "./async-context.ts";
import { runOutside } from "./async-context.ts";

/**
 * Asks again whether something exists that was not found outside of any context. When it is found in a caller's context
 * and still not outside, the client chooses by context what it reads. Found once, it may have been put back in between.
 *
 * @param contextNeed is told when the client chooses.
 * @param inContext runs a query in the caller's context.
 * @param find looks for it, and awaits that.
 */
export async function isThere(
  contextNeed: { readonly isKnown: boolean; noteChoice(): void },
  inContext: InContext,
  find: () => Promise<boolean>,
): Promise<boolean> {
  if (!(await inContext(find))) return false;
  if (contextNeed.isKnown) return true;
  // What cannot be asked just now says nothing.
  const isOutside = await runOutside(find).catch(() => true);
  if (isOutside) return true;
  const isInside = await inContext(find);
  if (isInside) contextNeed.noteChoice();
  return isInside;
}
