import { readField } from "./read-field.ts";

/** What tabs of one browser have in common. */
export interface TabBrowser {
  readonly locks: TabLocks;
  readonly openChannel: (name: string) => TabChannel;
  /** How many connections all tabs together may keep open; infinite over HTTP/2. */
  readonly connections: number;
  /** Whether somebody looks at this tab. */
  readonly isSeen: () => boolean;
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
  addEventListener(type: "message", listener: (event: MessageEvent) => void): void;
  postMessage(message: unknown): void;
  close(): void;
}

/** The browser of this page; null where tabs can share nothing: on a server, in a page without HTTPS. */
export function tabBrowser(): TabBrowser | null {
  if (!globalThis.document || !navigator.locks) return null;
  const [page] = performance.getEntriesByType("navigation");
  return {
    locks: navigator.locks,
    openChannel: (name) => new BroadcastChannel(name),
    // Browsers open six connections to an origin over HTTP/1.1: two are left for everything else.
    connections: readField(page, "nextHopProtocol") === "http/1.1" ? 4 : Infinity,
    isSeen: () => !document.hidden,
  };
}
