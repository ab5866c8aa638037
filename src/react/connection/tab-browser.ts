import { readField } from "./read-field.ts";

/** What the tabs of one browser share. */
export interface TabBrowser {
  readonly locks: TabLocks;
  readonly openChannel: (name: string, onMessage: (message: unknown) => void) => TabChannel;
  /** How many connections all tabs together may keep open; `Infinity` over HTTP/2 and HTTP/3. */
  readonly maxConnections: number;
  /** Whether this tab is visible. */
  readonly isVisible: () => boolean;
}

/** The part of a `LockManager` that is used. */
export interface TabLocks {
  request(
    name: string,
    options: LockOptions,
    onGranted: LockGrantedCallback<void>,
  ): Promise<unknown>;
}

/** The part of a `BroadcastChannel` that is used. */
export interface TabChannel {
  postMessage(message: unknown): void;
  close(): void;
}

/** Returns this page's browser; null where tabs cannot share anything: on a server, or without HTTPS. */
export function tabBrowser(): TabBrowser | null {
  if (!globalThis.document || !navigator.locks) return null;
  const [page] = performance.getEntriesByType("navigation");
  return {
    locks: navigator.locks,
    openChannel(name, onMessage) {
      const channel = new BroadcastChannel(name);
      channel.addEventListener("message", ({ data }) => onMessage(data));
      return channel;
    },
    // Over HTTP/1.1, browsers open six connections to an origin; two remain for all other requests.
    maxConnections: readField(page, "nextHopProtocol") === "http/1.1" ? 4 : Infinity,
    isVisible: () => !document.hidden,
  };
}
