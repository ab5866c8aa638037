import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeBrowser } from "../../../test/support/fakes/fake-browser.ts";
import { waitForSlot } from "./wait-for-slot.ts";

const closing: (() => void)[] = [];

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  for (const close of closing.splice(0)) close();
  vi.useRealTimers();
});

/** A tab that wants a connection. */
function open(browser: FakeBrowser) {
  const tab = browser.openTab();
  const state = { tab, isConnected: false, turns: 0, leave: () => {} };
  state.leave = waitForSlot(
    tab.browser,
    () => {
      state.isConnected = true;
      state.turns++;
    },
    () => {
      state.isConnected = false;
    },
  );
  closing.push(state.leave);
  return state;
}

test("without a limit every tab connects at once", () => {
  const browser = new FakeBrowser();
  expect([open(browser), open(browser)].map((tab) => tab.isConnected)).toEqual([true, true]);
  expect(browser.channels.size).toBe(0);
});

test("tabs that want more connections than there are take turns", async () => {
  const browser = new FakeBrowser(2);
  const tabs = [open(browser), open(browser), open(browser)];
  for (let time = 0; time < 20_000; time += 100) {
    await vi.advanceTimersByTimeAsync(100);
    expect(tabs.filter((tab) => tab.isConnected)).toHaveLength(2);
  }
  for (const tab of tabs) expect(tab.turns).toBeGreaterThan(1);
});

test("a tab keeps its slot until another one asks for it", async () => {
  const browser = new FakeBrowser(1);
  const tab = open(browser);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(tab.turns).toBe(1);
});

test("a visible tab does not give way to a hidden one", async () => {
  const browser = new FakeBrowser(1);
  const visible = open(browser);
  await vi.advanceTimersByTimeAsync(1);
  const hidden = open(browser);
  hidden.tab.isVisible = false;
  await vi.advanceTimersByTimeAsync(60_000);
  expect([visible.isConnected, hidden.turns]).toEqual([true, 0]);
  visible.tab.isVisible = false;
  hidden.tab.isVisible = true;
  await vi.advanceTimersByTimeAsync(5_000);
  expect([visible.isConnected, hidden.isConnected]).toEqual([false, true]);
});

test("a tab that leaves gives its slot to the next", async () => {
  const browser = new FakeBrowser(1);
  const [first, second] = [open(browser), open(browser)];
  await vi.advanceTimersByTimeAsync(1);
  expect(second.isConnected).toBe(false);
  first.leave();
  await vi.advanceTimersByTimeAsync(1);
  expect(second.isConnected).toBe(true);
  second.leave();
  await vi.advanceTimersByTimeAsync(1);
  expect(browser.held.size).toBe(0);
  expect(browser.channels.size).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});
