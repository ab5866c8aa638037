import { afterEach, expect, test, vi } from "vitest";
import { tabBrowser } from "./tab-browser.ts";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

function stubPage(nextHopProtocol: string): void {
  vi.stubGlobal("document", { hidden: false });
  vi.stubGlobal("navigator", { locks: {} });
  const entry = { nextHopProtocol, name: "", entryType: "", startTime: 0, duration: 0 };
  vi.spyOn(performance, "getEntriesByType").mockReturnValue([{ ...entry, toJSON: () => "" }]);
}

test("there is no browser on a server, nor without the locks of a secure context", () => {
  expect(tabBrowser()).toBeNull();
  stubPage("h2");
  vi.stubGlobal("navigator", {});
  expect(tabBrowser()).toBeNull();
});

test.each([
  ["http/1.1", 4],
  ["h2", Infinity],
  ["h3", Infinity],
])("over %s, tabs may keep %d connections open", (protocol, maxConnections) => {
  stubPage(protocol);
  expect(tabBrowser()?.maxConnections).toBe(maxConnections);
});

test("channels with the same name carry messages between tabs", async () => {
  stubPage("h2");
  const received: unknown[] = [];
  const one = tabBrowser()?.openChannel("a", (message) => received.push(message));
  const two = tabBrowser()?.openChannel("a", () => {});
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has no other origin
  two?.postMessage({ slot: 1 });
  await vi.waitFor(() => expect(received).toEqual([{ slot: 1 }]));
  one?.close();
  two?.close();
});
