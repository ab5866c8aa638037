import type { Subscription } from "./chat-client.ts";
import type { Subscribe } from "./live-subscription.ts";
import { loadLater } from "./load-later.ts";
import { readField } from "./read-field.ts";

/**
 * Makes tabs of one browser share a subscription, where the browser has what it takes: elsewhere each has
 * its own.
 * @param topic the same in the tabs that share; null for none
 */
export function shareSubscription<Event extends { readonly id: string }>(
  topic: string | null,
  subscribe: Subscribe<Event>,
): Subscribe<Event> {
  // A page that is not served over HTTPS has no locks.
  if (topic === null || typeof document === "undefined" || !readField(navigator, "locks")) {
    return subscribe;
  }
  return (lastEventId, handlers) => {
    let isLeft = false;
    let subscription: Subscription | null = null;
    const open = async (): Promise<void> => {
      const later = await loadLater().catch(() => null);
      if (isLeft) return;
      subscription =
        later === null
          ? subscribe(lastEventId, handlers)
          : later.openShared({ topic, subscribe, lastEventId, handlers });
    };
    void open();
    return {
      unsubscribe: () => {
        isLeft = true;
        subscription?.unsubscribe();
      },
    };
  };
}
