import { waitForSlot } from "./wait-for-slot.ts";
import type { SubscriptionSource } from "./subscription-source.ts";
import type { TabBrowser } from "./tab-browser.ts";

/** What tabs tell each other: an event of the server, or whether the one that relays them still lives. */
type TabMessage<Event> = Event | "ask" | "here";

/**
 * How often to look whether the leader has given a sign, in milliseconds. After the second time without one it is
 * asked for one, and with the third it is replaced.
 */
const patience = 500;

/**
 * A subscription that the tabs of a browser share. The tab that holds the lock, the leader, has the
 * connection and relays each event; the others begin with one event of their own from the server, which
 * so decides about each tab, and take the leader's place when it goes.
 * Events must say by themselves where they belong: some come twice, or from two tabs in turn.
 *
 * @param topic tabs that ask for the same one share a connection
 */
export function shareSource<Event extends { readonly id: string }>(
  browser: TabBrowser,
  topic: string,
  source: SubscriptionSource<Event>,
): SubscriptionSource<Event> {
  return (lastEventId, sink) => {
    const channel = browser.openChannel(topic);
    let hasLeft = false;
    let queue = new AbortController();
    let disconnect = (): void => {};
    let leaveSlot = (): void => {};
    /** Gives the lock back; null in a tab that does not lead. */
    let release: (() => void) | null = null;
    /** What was relayed before the server has accepted this tab; null since then. */
    let early: Event[] | null = [];
    /** How often in a row the leader gave no sign. */
    let silence = 0;
    let timer: ReturnType<typeof setInterval> | undefined;

    function request(options: LockOptions): void {
      let wasGranted = false;
      browser.locks
        .request(topic, options, async (lock) => {
          if (hasLeft) return;
          wasGranted = lock !== null;
          if (wasGranted) await lead();
          else follow();
        })
        .catch(() => {
          if (hasLeft) return;
          // Another tab has taken the lock.
          if (wasGranted) follow();
          // This page may not use locks.
          else if (!options.signal?.aborted) {
            channel.close();
            connect(lastEventId, deliver);
          }
        });
    }

    /** Resolves when the lock is to be given back. */
    async function lead(): Promise<void> {
      queue.abort();
      clearInterval(timer);
      disconnect();
      await new Promise<void>((resolve) => {
        release = resolve;
        tell("here");
        if (browser.connections < Infinity) {
          leaveSlot = waitForSlot(browser, connectForAll, () => disconnect());
        } else connectForAll();
      });
    }

    function connectForAll(): void {
      connect(lastEventId, (event) => {
        tell(event);
        deliver(event);
      });
    }

    function follow(): void {
      leaveSlot();
      release = null;
      queue = new AbortController();
      request({ signal: queue.signal });
      early = [];
      connect(undefined, (event) => {
        disconnect();
        const relayed = early ?? [];
        early = null;
        for (const one of [event, ...relayed]) deliver(one);
      });
      silence = 0;
      timer = setInterval(() => {
        // A tab that nobody sees looks after itself when it is shown.
        silence = browser.isSeen() ? silence + 1 : 0;
        if (silence === 2) tell("ask");
        if (silence !== 3) return;
        queue.abort();
        request({ steal: true });
      }, patience);
    }

    function connect(from: string | undefined, onEvent: (event: Event) => void): void {
      disconnect();
      disconnect = source(from, { ...sink, onEvent });
    }

    function deliver(event: Event): void {
      if (hasLeft) return;
      lastEventId = event.id;
      sink.onEvent(event);
    }

    function tell(message: TabMessage<Event>): void {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has no other origin
      channel.postMessage(message);
    }

    channel.addEventListener("message", ({ data }) => {
      // Only tabs of this package post on a channel of this name.
      const message = data as TabMessage<Event>;
      if (message === "ask") {
        if (release) tell("here");
      } else if (!release) {
        silence = 0;
        if (message === "here") return;
        if (early) early.push(message);
        else deliver(message);
      }
    });
    request({ ifAvailable: true });
    return () => {
      hasLeft = true;
      queue.abort();
      clearInterval(timer);
      disconnect();
      leaveSlot();
      release?.();
      channel.close();
    };
  };
}
