import type { TabBrowser, TabChannel } from "./shared-subscription.ts";

export interface ConnectionSlotOptions {
  readonly browser: TabBrowser;
  /** It is this tab's turn to connect. */
  readonly onGranted: () => void;
  /** Another one's turn has come; this one comes again. */
  readonly onTaken: () => void;
}

/** Asks for the slot with that number. */
interface Want {
  readonly slot: number;
  /** Whether somebody looks at the tab that asks. */
  readonly isSeen: boolean;
}

const name = "node-llm-trpc/1/connection";
/** How long a connection lasts at least, and how often a tab that waits asks for one, in milliseconds. */
const turn = 1_000;
/** The same for a tab that nobody sees. */
const hiddenTurn = 5_000;

/**
 * The right to one of the few connections that HTTP/1.1 leaves to all tabs of a browser. Who has one keeps
 * it until somebody asks for it; then all take turns, and tabs that are seen do not wait for others.
 */
export class ConnectionSlot {
  readonly #options: ConnectionSlotOptions;
  readonly #channel: TabChannel;
  #queue = new AbortController();
  #held: { readonly slot: number; readonly since: number; readonly release: () => void } | null =
    null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ConnectionSlotOptions) {
    this.#options = options;
    this.#channel = options.browser.openChannel(name);
    // Only tabs of this package post on a channel of this name.
    this.#channel.addEventListener("message", ({ data }) => this.#hear(data as Want));
    document.addEventListener("visibilitychange", this.#ask);
    this.#wait();
  }

  close(): void {
    document.removeEventListener("visibilitychange", this.#ask);
    clearTimeout(this.#timer);
    this.#queue.abort();
    this.#channel.close();
    this.#held?.release();
  }

  #wait(): void {
    const queue = new AbortController();
    this.#queue = queue;
    const { browser, onGranted } = this.#options;
    for (let slot = 0; slot < browser.connections; slot++) {
      browser.locks
        .request(`${name}/${slot}`, { signal: queue.signal }, async () => {
          // Two may be granted at once; one is enough.
          if (queue.signal.aborted) return;
          queue.abort();
          clearTimeout(this.#timer);
          await new Promise<void>((release) => {
            this.#held = { slot, since: Date.now(), release };
            onGranted();
          });
        })
        .catch((error: unknown) => {
          if (!queue.signal.aborted) throw error;
        });
    }
    this.#askLater();
  }

  #askLater(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#ask, this.#options.browser.isSeen() ? turn : hiddenTurn);
  }

  readonly #ask = (): void => {
    if (this.#held !== null) return;
    const slot = Math.floor(Math.random() * this.#options.browser.connections);
    const want: Want = { slot, isSeen: this.#options.browser.isSeen() };
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has no other origin
    this.#channel.postMessage(want);
    this.#askLater();
  };

  #hear({ slot, isSeen }: Want): void {
    const held = this.#held;
    if (held?.slot !== slot || Date.now() - held.since < turn) return;
    if (!isSeen && this.#options.browser.isSeen()) return;
    this.#held = null;
    this.#options.onTaken();
    held.release();
    this.#wait();
  }
}
