import type { Subscription, SubscriptionHandlers } from "./chat-client.ts";
import { ConnectionSlot } from "./connection-slot.ts";
import type { Subscribe } from "./live-subscription.ts";
import { readField } from "./read-field.ts";

/** The part of a `LockManager` that is used. */
export interface TabLocks {
  request(
    name: string,
    options: LockOptions,
    onGranted: LockGrantedCallback<void>,
  ): Promise<unknown>;
}

/** What tabs of one browser have in common. */
export interface TabBrowser {
  readonly locks: TabLocks;
  readonly openChannel: (name: string) => TabChannel;
  /** How many connections all tabs together may keep open; infinite over HTTP/2. */
  readonly connections: number;
  /** Whether somebody looks at this tab. */
  readonly isSeen: () => boolean;
}

/** The part of a `BroadcastChannel` that is used. */
export interface TabChannel {
  addEventListener(type: "message", listener: (event: MessageEvent) => void): void;
  postMessage(message: unknown): void;
  close(): void;
}

export interface SharedSubscriptionOptions<Event> {
  readonly browser: TabBrowser;
  /** Tabs that ask for the same topic share one connection. */
  readonly topic: string;
  readonly subscribe: Subscribe<Event>;
  readonly lastEventId: string | undefined;
  readonly handlers: SubscriptionHandlers<Event>;
}

/** What tabs tell each other: an event of the server, or whether the one that relays them still lives. */
type TabMessage<Event> =
  | { readonly type: "event"; readonly event: Event }
  | { readonly type: "ask" }
  | { readonly type: "here" };

/** Milliseconds without a sign of the leader until it is asked for one, and then until it is replaced. */
const patience = 500;

/**
 * One subscription that the tabs of a browser share. The tab that holds the lock, the leader, has the
 * connection and relays each event; the others begin with one event of their own from the server, which
 * so decides about each tab, and take the leader's place when it goes.
 * Events must say by themselves where they belong: some come twice, or from two tabs in turn.
 */
export class SharedSubscription<Event extends { readonly id: string }> implements Subscription {
  readonly #options: SharedSubscriptionOptions<Event>;
  readonly #channel: TabChannel;
  readonly #left = new AbortController();
  #queue = new AbortController();
  #lastEventId: string | undefined;
  #connection: Subscription | null = null;
  /** Late callbacks of a connection that was given up carry an older number. */
  #generation = 0;
  /** Gives the lock back; null in a tab that does not lead. */
  #release: (() => void) | null = null;
  #slot: ConnectionSlot | null = null;
  /** What was relayed before the server has accepted this tab; null since then. */
  #early: Event[] | null = [];
  #isHeard = true;
  #hasAsked = false;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(options: SharedSubscriptionOptions<Event>) {
    this.#options = options;
    this.#lastEventId = options.lastEventId;
    this.#channel = options.browser.openChannel(options.topic);
    // Only tabs of this package post on a channel of this name.
    this.#channel.addEventListener("message", ({ data }) => this.#hear(data as TabMessage<Event>));
    window.addEventListener("pagehide", this.#sleep);
    document.addEventListener("freeze", this.#sleep);
    this.#request({ ifAvailable: true }, async (lock) => {
      if (lock === null) this.#follow();
      else await this.#lead();
    });
  }

  unsubscribe(): void {
    this.#left.abort();
    this.#queue.abort();
    clearInterval(this.#timer);
    window.removeEventListener("pagehide", this.#sleep);
    document.removeEventListener("freeze", this.#sleep);
    this.#disconnect();
    this.#slot?.close();
    this.#release?.();
    this.#channel.close();
  }

  #request(options: LockOptions, onGranted: LockGrantedCallback<void>): void {
    const { browser, topic } = this.#options;
    let isGranted = false;
    browser.locks
      .request(topic, options, (lock) => {
        isGranted = true;
        return this.#left.signal.aborted ? undefined : onGranted(lock);
      })
      .catch(() => {
        if (this.#left.signal.aborted) return;
        // Another tab has taken the lock.
        if (isGranted) this.#follow();
        else if (!options.signal?.aborted) this.#goAlone();
      });
  }

  /** Resolves when the lock is to be given back. */
  async #lead(): Promise<void> {
    this.#queue.abort();
    clearInterval(this.#timer);
    const released = new Promise<void>((release) => {
      this.#release = release;
    });
    this.#early = [];
    const { browser } = this.#options;
    if (browser.connections === Number.POSITIVE_INFINITY) this.#connectForAll();
    else {
      this.#disconnect();
      this.#slot = new ConnectionSlot({
        browser,
        onGranted: () => this.#connectForAll(),
        onTaken: () => this.#disconnect(),
      });
    }
    this.#tell({ type: "here" });
    await released;
  }

  /** A page without the right to use locks has its own connection. */
  #goAlone(): void {
    this.#channel.close();
    this.#connect(this.#lastEventId, (event) => this.#deliver(event));
  }

  #connectForAll(): void {
    this.#connect(this.#lastEventId, (event) => {
      this.#tell({ type: "event", event });
      this.#deliver(event);
    });
  }

  #follow(): void {
    this.#slot?.close();
    this.#slot = this.#release = null;
    this.#queue = new AbortController();
    this.#request({ signal: this.#queue.signal }, async () => await this.#lead());
    this.#early = [];
    this.#connect(undefined, (event) => {
      const early = this.#early ?? [];
      this.#early = null;
      this.#disconnect();
      this.#deliver(event);
      for (const one of early) this.#deliver(one);
    });
    this.#isHeard = true;
    this.#hasAsked = false;
    this.#timer = setInterval(() => this.#checkLeader(), patience);
  }

  #checkLeader(): void {
    // A tab that nobody sees looks after itself when it is shown.
    if (!this.#options.browser.isSeen()) this.#isHeard = true;
    if (this.#isHeard) {
      this.#isHeard = this.#hasAsked = false;
    } else if (this.#hasAsked) {
      this.#queue.abort();
      this.#request({ steal: true }, async () => await this.#lead());
    } else {
      this.#hasAsked = true;
      this.#tell({ type: "ask" });
    }
  }

  #hear(message: TabMessage<Event>): void {
    if (message.type === "ask") {
      if (this.#release !== null) this.#tell({ type: "here" });
      return;
    }
    this.#isHeard = true;
    if (message.type === "here" || this.#release !== null) return;
    if (this.#early === null) this.#deliver(message.event);
    else this.#early.push(message.event);
  }

  #connect(lastEventId: string | undefined, onData: (event: Event) => void): void {
    this.#disconnect();
    const generation = this.#generation;
    const whenCurrent =
      <Values extends unknown[]>(handle: (...values: Values) => void) =>
      (...values: Values): void => {
        if (generation === this.#generation) handle(...values);
      };
    const { subscribe, handlers } = this.#options;
    const connection = subscribe(lastEventId, {
      onStarted: whenCurrent(handlers.onStarted),
      onData: whenCurrent(onData),
      onError: whenCurrent(handlers.onError),
      onComplete: whenCurrent(handlers.onComplete),
      onConnectionStateChange: whenCurrent(handlers.onConnectionStateChange),
    });
    if (generation === this.#generation) this.#connection = connection;
    else connection.unsubscribe();
  }

  #disconnect(): void {
    this.#generation++;
    const connection = this.#connection;
    this.#connection = null;
    connection?.unsubscribe();
  }

  #deliver(event: Event): void {
    if (this.#left.signal.aborted) return;
    this.#lastEventId = event.id;
    this.#options.handlers.onData(event);
  }

  #tell(message: TabMessage<Event>): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has no other origin
    if (!this.#left.signal.aborted) this.#channel.postMessage(message);
  }

  /** A page that is put to sleep must not lead; when it wakes up it begins anew. */
  readonly #sleep = (): void => {
    const { onComplete } = this.#options.handlers;
    this.unsubscribe();
    const wake = (): void => {
      window.removeEventListener("pageshow", wake);
      document.removeEventListener("resume", wake);
      onComplete();
    };
    window.addEventListener("pageshow", wake);
    document.addEventListener("resume", wake);
  };
}

/** The subscription as the tabs of this browser share it. */
export function openShared<Event extends { readonly id: string }>(
  options: Omit<SharedSubscriptionOptions<Event>, "browser">,
): Subscription {
  const [page] = performance.getEntriesByType("navigation");
  // Browsers open six connections to an origin over HTTP/1.1: two are left for everything else.
  const connections =
    readField(page, "nextHopProtocol") === "http/1.1" ? 4 : Number.POSITIVE_INFINITY;
  const isSeen = (): boolean => !document.hidden;
  const openChannel = (name: string): BroadcastChannel => new BroadcastChannel(name);
  const browser: TabBrowser = { locks: navigator.locks, openChannel, connections, isSeen };
  return new SharedSubscription({ ...options, browser });
}
