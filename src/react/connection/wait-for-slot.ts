import type { TabBrowser } from "./tab-browser.ts";

/** What a waiting tab posts: the number of the slot it asks for. */
interface SlotRequest {
  readonly slot: number;
  /** Whether the asking tab is visible. */
  readonly isVisible: boolean;
}

/** The version is that of `SlotRequest`. */
const name = "node-llm-trpc/1/connection";
/** How long a tab keeps a slot at least, and how often a waiting tab asks for one, in milliseconds. */
const minTurn = 1_000;
/** How long a tab keeps a slot at least when a hidden tab asks for it, in milliseconds. */
const minTurnBeforeHidden = 5_000;

/**
 * Waits for one of the few connections that HTTP/1.1 allows all tabs of a browser together. A tab keeps its slot
 * until another one asks for it; then they take turns, and a visible tab does not give way to a hidden one.
 *
 * @param onGranted called when this tab may connect
 * @param onRevoked called when another tab gets the slot; this tab waits again
 * @returns a function that releases the slot or stops waiting
 */
export function waitForSlot(
  { maxConnections, isVisible, locks, openChannel }: TabBrowser,
  onGranted: () => void,
  onRevoked: () => void,
): () => void {
  if (maxConnections === Infinity) {
    onGranted();
    return () => {};
  }
  const channel = openChannel(name, (message) => {
    // Only tabs of this package post to a channel of this name.
    const request = message as SlotRequest;
    if (held?.slot !== request.slot || (!request.isVisible && isVisible())) return;
    if (Date.now() - held.since < (request.isVisible ? minTurn : minTurnBeforeHidden)) return;
    onRevoked();
    held.release();
    held = null;
    wait();
  });
  let queue: AbortController;
  let held: { slot: number; since: number; release: () => void } | null = null;

  function wait(): void {
    const { signal } = (queue = new AbortController());
    for (let slot = 0; slot < maxConnections; slot++) {
      locks
        .request(`${name}/${slot}`, { signal }, () => {
          // Two slots may be granted at the same time; the second one is not needed.
          if (signal.aborted) return;
          queue.abort();
          return new Promise<void>((release) => {
            held = { slot, since: Date.now(), release };
            onGranted();
          });
        })
        // The request rejects when the signal aborts.
        .catch(() => {});
    }
  }

  const timer = setInterval(() => {
    if (held) return;
    channel.postMessage({
      slot: Math.floor(Math.random() * maxConnections),
      isVisible: isVisible(),
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has no other origin
    } satisfies SlotRequest);
  }, minTurn);
  wait();

  return () => {
    clearInterval(timer);
    queue.abort();
    channel.close();
    held?.release();
  };
}
