import { leaderCheckInterval } from "./connection-times.ts";
import type { Subscribe, SubscriptionSource } from "./subscription-source.ts";
import { toSource } from "./subscription-source.ts";
import type { TabBrowser } from "./tab-browser.ts";
import { tabBrowser } from "./tab-browser.ts";
import { waitForSlot } from "./wait-for-slot.ts";

/** What tabs post to each other: an event of the server, or a question whether the leader is alive and its reply. */
type TabMessage<Event> = Event | "ask" | "here";

/**
 * Makes a source of a tRPC subscription that the tabs of a browser share, where the browser can. The tab that holds
 * the lock, the leader, has the connection and relays every event. Each other tab first gets one event from the
 * server itself, so the server decides whether that tab may read at all; then it follows, and is ready to become the
 * leader. Events must be idempotent: some arrive twice, or from two tabs in turn.
 *
 * @param topic tabs with the same topic share a connection; null for none
 */
export function shareBetweenTabs<Event extends { readonly id: string }>(
  topic: string | null,
  subscribe: Subscribe<Event>,
  browser: TabBrowser | null = tabBrowser(),
): SubscriptionSource<Event> {
  const source = toSource(subscribe);
  return topic && browser ? shareTopic(topic, source, browser) : source;
}

function shareTopic<Event extends { readonly id: string }>(
  topic: string,
  source: SubscriptionSource<Event>,
  browser: TabBrowser,
): SubscriptionSource<Event> {
  return (lastEventId, sink) => {
    const channel = browser.openChannel(topic, (data) => {
      // Only tabs of this package post to a channel of this name.
      const message = data as TabMessage<Event>;
      if (message === "ask") {
        if (release) post("here");
      } else if (!release) {
        silentChecks = 0;
        if (message === "here") return;
        if (early) early.push(message);
        else deliver(message);
      }
    });
    let isClosed = false;
    let queue = new AbortController();
    let disconnect = (): void => {};
    let leaveSlot = (): void => {};
    /** Releases the lock; null in a tab that does not lead. */
    let release: (() => void) | null = null;
    /** Events relayed before the server has accepted this tab; null afterwards. */
    let early: Event[] | null = [];
    /** How many checks in a row the leader has been silent. */
    let silentChecks = 0;
    let leaderCheck: ReturnType<typeof setInterval> | undefined;

    function requestLock(options: LockOptions): void {
      let wasGranted = false;
      browser.locks
        .request(topic, options, (lock) => {
          if (isClosed) return;
          wasGranted = lock !== null;
          return wasGranted ? lead() : follow();
        })
        .catch(() => {
          if (isClosed) return;
          // Another tab has taken the lock.
          if (wasGranted) follow();
          // This page may not use locks.
          else if (!options.signal?.aborted) {
            channel.close();
            connect(lastEventId, deliver);
          }
        });
    }

    /** Holds the lock until the returned promise resolves. */
    function lead(): Promise<void> {
      leaveRole();
      return new Promise((resolve) => {
        release = resolve;
        post("here");
        leaveSlot = waitForSlot(browser, connectForAll, () => disconnect());
      });
    }

    function connectForAll(): void {
      connect(lastEventId, (event) => {
        post(event);
        deliver(event);
      });
    }

    function follow(): void {
      leaveRole();
      release = null;
      queue = new AbortController();
      requestLock({ signal: queue.signal });
      early = [];
      connect(undefined, (event) => {
        disconnect();
        for (const one of [event, ...(early ?? [])]) deliver(one);
        early = null;
      });
      silentChecks = 0;
      leaderCheck = setInterval(() => {
        // A hidden tab does not check; it reconnects when it is shown.
        silentChecks = browser.isVisible() ? silentChecks + 1 : 0;
        if (silentChecks === 2) post("ask");
        if (silentChecks !== 3) return;
        queue.abort();
        requestLock({ steal: true });
      }, leaderCheckInterval);
    }

    function leaveRole(): void {
      queue.abort();
      clearInterval(leaderCheck);
      disconnect();
      leaveSlot();
      release?.();
    }

    function connect(from: string | undefined, onData: (event: Event) => void): void {
      disconnect();
      disconnect = source(from, { ...sink, onData });
    }

    function deliver(event: Event): void {
      if (isClosed) return;
      lastEventId = event.id;
      sink.onData(event);
    }

    function post(message: TabMessage<Event>): void {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has no other origin
      channel.postMessage(message);
    }

    requestLock({ ifAvailable: true });
    return () => {
      isClosed = true;
      leaveRole();
      channel.close();
    };
  };
}
