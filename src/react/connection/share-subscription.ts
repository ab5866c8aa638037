import { shareSource } from "./share-between-tabs.ts";
import type { Subscribe, SubscriptionSource } from "./subscription-source.ts";
import { toSource } from "./subscription-source.ts";
import { tabBrowser } from "./tab-browser.ts";

/**
 * A tRPC subscription that tabs of one browser share, where the browser has what it takes.
 * @param topic the same in the tabs that share; null for none
 */
export function shareSubscription<Event extends { readonly id: string }>(
  topic: string | null,
  subscribe: Subscribe<Event>,
): SubscriptionSource<Event> {
  const source = toSource(subscribe);
  const browser = tabBrowser();
  return topic && browser ? shareSource(browser, topic, source) : source;
}
