import type { TabBrowser } from "./tab-browser.ts";

/** Asks for the slot with that number. */
interface Want {
  readonly slot: number;
  /** Whether somebody looks at the tab that asks. */
  readonly isSeen: boolean;
}

const name = "node-llm-trpc/1/connection";
/** How long a connection lasts at least, and how often a tab that waits asks for one, in milliseconds. */
const turn = 1_000;
/** How long it lasts at least when the tab that asks is one that nobody sees. */
const longTurn = 5_000;

/**
 * Waits for one of the few connections that HTTP/1.1 leaves to all tabs of a browser. Who has one keeps it until
 * somebody asks for it; then all take turns, and tabs that are seen do not wait for others.
 *
 * @param onGranted it is this tab's turn to connect
 * @param onTaken another one's turn has come; this one comes again
 * @returns what gives it back
 */
export function waitForSlot(
  { connections, isSeen, locks, openChannel }: TabBrowser,
  onGranted: () => void,
  onTaken: () => void,
): () => void {
  const channel = openChannel(name);
  let queue: AbortController;
  let held: { slot: number; since: number; release: () => void } | null = null;

  function wait(): void {
    const { signal } = (queue = new AbortController());
    const take = async (slot: number): Promise<void> => {
      // Two may be granted at once; one is enough.
      if (signal.aborted) return;
      queue.abort();
      await new Promise<void>((release) => {
        held = { slot, since: Date.now(), release };
        onGranted();
      });
    };
    for (let slot = 0; slot < connections; slot++) {
      // It rejects when the queue is left.
      locks.request(`${name}/${slot}`, { signal }, () => take(slot)).catch(() => {});
    }
  }

  channel.addEventListener("message", ({ data }) => {
    // Only tabs of this package post on a channel of this name.
    const want = data as Want;
    if (held?.slot !== want.slot || (!want.isSeen && isSeen())) return;
    if (Date.now() - held.since < (want.isSeen ? turn : longTurn)) return;
    const { release } = held;
    held = null;
    onTaken();
    release();
    wait();
  });
  const timer = setInterval(() => {
    if (held) return;
    const want: Want = { slot: Math.floor(Math.random() * connections), isSeen: isSeen() };
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has no other origin
    channel.postMessage(want);
  }, turn);
  wait();

  return () => {
    clearInterval(timer);
    queue.abort();
    channel.close();
    held?.release();
  };
}
